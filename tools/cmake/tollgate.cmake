# How Tollgate is built: one static library a module, linked along the floors of ARCHITECTURE.md, third-party headers
# compiled once, precompiled headers for what every file needs.

find_package(Boost 1.81.0 EXACT CONFIG REQUIRED COMPONENTS unit_test_framework)
find_package(OpenSSL 3 REQUIRED)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Threads REQUIRED)
find_library(ROCKSDB_LIBRARY rocksdb REQUIRED)
set(ROCKSDB_LIBRARIES ${ROCKSDB_LIBRARY})
find_library(ROCKSDB_ARCHIVE NAMES librocksdb.a)
if(TOLLGATE_STATIC_ROCKSDB AND ROCKSDB_ARCHIVE)
  # A call into the library, and within it, goes by way of a table of addresses; and each look at its thread's own counters is a call, too.
  set(ROCKSDB_LIBRARIES ${ROCKSDB_ARCHIVE})
  foreach(needed snappy lz4 zstd z bz2 gflags)
    find_library(ROCKSDB_NEEDS_${needed} ${needed} REQUIRED)
    list(APPEND ROCKSDB_LIBRARIES ${ROCKSDB_NEEDS_${needed}})
  endforeach()
endif()
find_library(SODIUM_LIBRARY sodium REQUIRED)

add_library(tollgate_options INTERFACE)
target_include_directories(tollgate_options INTERFACE ${PROJECT_SOURCE_DIR}/include)
target_compile_options(tollgate_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wno-missing-designated-field-initializers
  -Werror=return-type -Werror=unused-result -fno-omit-frame-pointer -fpch-instantiate-templates)
target_compile_definitions(tollgate_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=64
  BOOST_ASIO_DISABLE_BOOST_COROUTINE
  BOOST_BEAST_SEPARATE_COMPILATION BOOST_BEAST_USE_STD_STRING_VIEW
  BOOST_JSON_NO_LIB BOOST_URL_NO_LIB BOOST_CONTAINER_NO_LIB)
target_link_libraries(tollgate_options INTERFACE Boost::headers fmt::fmt Threads::Threads)
target_link_options(tollgate_options INTERFACE -fuse-ld=lld -Wl,-z,relro,-z,now)
if(TOLLGATE_THIN_LTO)
  target_compile_options(tollgate_options INTERFACE -flto=thin)
  target_link_options(tollgate_options INTERFACE -flto=thin -Wl,--thinlto-cache-dir=${CMAKE_BINARY_DIR}/thinlto)
endif()
if(TOLLGATE_SANITIZE)
  target_compile_options(tollgate_options INTERFACE -fsanitize=${TOLLGATE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(tollgate_options INTERFACE -fsanitize=${TOLLGATE_SANITIZE})
  target_compile_definitions(tollgate_options INTERFACE TOLLGATE_SANITIZED=1)
endif()
if(TOLLGATE_COVERAGE)
  target_compile_options(tollgate_options INTERFACE -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(tollgate_options INTERFACE -fprofile-instr-generate)
endif()
find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # -fpch-instantiate-templates and PCHs want these sloppiness settings, or ccache never hits.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    CCACHE_PCH_EXTSUM=1 CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
  add_compile_options(-Xclang -fno-pch-timestamp)
endif()

# tollgate_module(name [USES modules...] [LINKS libraries...] [PRECOMPILE headers...]): library `tollgate_<name>` from
# src/<name>/*.cpp. PRECOMPILE names the heavy third-party headers that most of its files read.
function(tollgate_module name)
  cmake_parse_arguments(ARG "" "" "USES;LINKS;PRECOMPILE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  add_library(tollgate_${name} STATIC ${sources})
  list(TRANSFORM ARG_USES PREPEND tollgate_)
  target_link_libraries(tollgate_${name} PUBLIC tollgate_options ${ARG_USES} ${ARG_LINKS})
  target_include_directories(tollgate_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  if(ARG_PRECOMPILE)
    target_precompile_headers(tollgate_${name} PRIVATE ${ARG_PRECOMPILE})
  endif()
endfunction()

# tollgate_test(name SOURCES... [USES modules...]): a Boost.Test program that ctest runs as one test.
function(tollgate_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;USES;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  list(TRANSFORM ARG_USES PREPEND tollgate_)
  target_link_libraries(${name} PRIVATE tollgate_test_main ${ARG_USES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE TOLLGATE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_precompile_headers(${name} REUSE_FROM tollgate_test_main)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)  # -fPIE would not fit the precompiled header
  target_compile_options(${name} PRIVATE -fPIC)
  add_test(NAME ${name} COMMAND ${name} --log_level=test_suite --report_level=short)
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()
