# The Debian package: what is installed where, and what CPack needs to know. `tools/package` drives it.
#
# Manual pages and completions are made by the program itself, from its command line's definitions.
include(GNUInstallDirs)
set(here ${CMAKE_CURRENT_LIST_DIR})
set(made ${CMAKE_BINARY_DIR}/package-files)

# tollgate_made(<file> <command of tollgate>...): what a command prints, as a file.
set(made_files "")
function(tollgate_made name)
  add_custom_command(OUTPUT ${made}/${name} DEPENDS tollgate VERBATIM
    COMMAND ${CMAKE_COMMAND} -E make_directory ${made}
    COMMAND sh -c "\"$<TARGET_FILE:tollgate>\" \"$@\" > \"${made}/${name}\"" sh ${ARGN})
  set(made_files ${made_files} ${made}/${name} PARENT_SCOPE)
endfunction()
# tollgate_zipped(<file> <from>): as Debian's policy wants manual pages and changelogs.
function(tollgate_zipped name from)
  add_custom_command(OUTPUT ${made}/${name}.gz DEPENDS ${from} VERBATIM
    COMMAND ${CMAKE_COMMAND} -E make_directory ${made}
    COMMAND sh -c "gzip -9nc \"$1\" > \"$2\"" sh ${from} ${made}/${name}.gz)
  set(made_files ${made_files} ${made}/${name}.gz PARENT_SCOPE)
endfunction()

tollgate_made(tollgate.1 manual tollgate.1)
tollgate_made(tollgate.yaml.5 manual tollgate.yaml.5)
tollgate_made(tollgate.bash completion bash)
tollgate_made(_tollgate completion zsh)
tollgate_made(tollgate.fish completion fish)
tollgate_zipped(tollgate.1 ${made}/tollgate.1)
tollgate_zipped(tollgate.yaml.5 ${made}/tollgate.yaml.5)
tollgate_zipped(changelog ${PROJECT_SOURCE_DIR}/CHANGELOG.md)
tollgate_zipped(changelog.Debian ${here}/debian/changelog)
add_custom_target(package_files ALL DEPENDS ${made_files})

set(docs ${CMAKE_INSTALL_DATAROOTDIR}/doc/tollgate)
install(TARGETS tollgate RUNTIME DESTINATION bin)
install(FILES ${made}/tollgate.1.gz DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/man/man1)
install(FILES ${made}/tollgate.yaml.5.gz DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/man/man5)
install(FILES ${made}/tollgate.bash DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/bash-completion/completions RENAME tollgate)
install(FILES ${made}/_tollgate DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/zsh/vendor-completions)
install(FILES ${made}/tollgate.fish DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/fish/vendor_completions.d)
install(FILES ${PROJECT_SOURCE_DIR}/conf/systemd/tollgate.service ${PROJECT_SOURCE_DIR}/conf/systemd/tollgate.socket DESTINATION lib/systemd/system)
install(FILES ${PROJECT_SOURCE_DIR}/conf/systemd/sysusers.conf DESTINATION lib/sysusers.d RENAME tollgate.conf)
install(FILES ${PROJECT_SOURCE_DIR}/conf/systemd/tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME tollgate.conf)
install(FILES ${here}/tollgate.yaml DESTINATION /etc/tollgate)
install(FILES ${here}/logrotate DESTINATION /etc/logrotate.d RENAME tollgate)
install(FILES ${here}/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/lintian/overrides RENAME tollgate)
install(FILES ${here}/debian/copyright ${made}/changelog.gz ${made}/changelog.Debian.gz DESTINATION ${docs})
install(FILES ${PROJECT_SOURCE_DIR}/conf/README.md ${PROJECT_SOURCE_DIR}/conf/tollgate.yaml ${PROJECT_SOURCE_DIR}/conf/systemd/commit-priority.conf
    DESTINATION ${docs}/examples)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/conf/contracts ${PROJECT_SOURCE_DIR}/conf/openapi DESTINATION ${docs}/examples)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME tollgate)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "The Tollgate authors <tollgate@localhost.localdomain>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "token gateway for billing APIs")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "One process in front of services that knows who may call what.
It takes a bearer token, checks it against what the API's OpenAPI document
demands, and forwards the rest of the call untouched. A revoked token is
refused on every open connection before the revocation has been answered.
.
The service starts with no API configured: it is ready, and answers every
request with 421.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers | systemd-sysusers, init-system-helpers (>= 1.62)")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "logrotate, prometheus")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${here}/debian/postinst ${here}/debian/prerm ${here}/debian/postrm ${here}/debian/conffiles)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
include(CPack)
