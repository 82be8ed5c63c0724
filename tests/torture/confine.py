#!/usr/bin/env python3
"""What a unit of systemd's lets a service do, made without systemd: for systems where none runs.

    confine.py UNIT DIRECTORY [--stop] COMMAND...     runs COMMAND as the unit's service would be run
    confine.py UNIT DIRECTORY --probe                 tries what is forbidden, and what is not, and says what came of it as JSON

As root. The unit's directories lie in DIRECTORY: etc, lib, run, log (its configuration, state, runtime and logs directory), credentials (as
systemd would have read them), bin (what is under /usr/bin), notify (of NOTIFY_SOCKET). What the service sees besides is the system's libraries
and /usr/share, to be read. `--stop`: it stops itself right before COMMAND, for a tracer that attaches meanwhile.

Every key of the unit's [Service] is made here, or stands in LEFT_OUT with the reason: a key that is new is an error, so that no one is forgotten.
"""

import ctypes
import errno
import json
import mmap
import os
import re
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

NAME, USER_ID = "tollgate", 61_977  # nobody's
LEFT_OUT = {
    "Type": "the caller listens on NOTIFY_SOCKET", "ExecStart": "the caller's", "ExecReload": "the caller's", "NotifyAccess": "of the manager",
    "Restart": "of the manager", "RestartSec": "of the manager", "TimeoutStopSec": "of the manager", "OOMPolicy": "of the manager",
    "DevicePolicy": "a cgroup's; PrivateDevices has no other nodes anyway", "KeyringMode": "the kernel's keyrings are not used",
    "RemoveIPC": "PrivateIPC ends with the service", "ProtectClock": "calls that SystemCallFilter denies", "ProtectKernelModules": "likewise",
    "ProtectKernelLogs": "likewise", "ProtectControlGroups": "there is no /sys", "ProtectKernelTunables": "there is no /sys, and no /proc/sys",
    "RestrictRealtime": "calls that SystemCallFilter denies", "RuntimeDirectoryPreserve": "of the manager",
}
MADE = {"User", "Group", "LoadCredential", "StateDirectory", "StateDirectoryMode", "RuntimeDirectory", "RuntimeDirectoryMode", "LogsDirectory",
        "LogsDirectoryMode", "ConfigurationDirectory", "ConfigurationDirectoryMode", "UMask", "WatchdogSec", "LimitNOFILE",
        "CapabilityBoundingSet", "AmbientCapabilities", "NoNewPrivileges", "LockPersonality", "MemoryDenyWriteExecute", "PrivateDevices",
        "PrivateIPC", "PrivateMounts", "PrivateTmp", "ProcSubset", "ProtectHome", "ProtectHostname", "ProtectProc", "ProtectSystem",
        "RestrictAddressFamilies", "RestrictNamespaces", "RestrictSUIDSGID", "SystemCallArchitectures", "SystemCallErrorNumber",
        "SystemCallFilter"}
libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
NAMESPACES = 0x7E020080 | 0x2000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38


def settings(unit):
    """The keys of [Service]: {key: [value]}; an unknown one is an error."""
    section, found = "", {}
    for line in Path(unit).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            found.setdefault(key, []).append(value)
    unknown = set(found) - MADE - set(LEFT_OUT)
    if unknown:
        raise SystemExit(f"confine.py makes no {', '.join(sorted(unknown))}: teach it, or say in LEFT_OUT why not")
    return found


def system_calls(name):
    """The names in a set of systemd's."""
    if not name.startswith("@"):
        return {name}
    done = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter", name], capture_output=True, text=True, check=True)
    names = [line.strip() for line in done.stdout.splitlines()[1:] if line.startswith("    ") and not line.strip().startswith("#")]
    return set().union(*(system_calls(n) for n in names))


def permitted(keys):
    """By SystemCallFilter: a list that permits, from which later lines take away."""
    out = set()
    for line in keys["SystemCallFilter"]:
        names = set().union(*(system_calls(n) for n in line.lstrip("~").split()))
        out = out - names if line.startswith("~") else out | names
    return out | system_calls("@default") | {"execve"}  # systemd's own words: always implied


def checked(answer, what):
    if answer != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def mount(source, target, kind, flags, data=""):
    checked(libc.mount(str(source).encode(), str(target).encode(), kind.encode(), flags, data.encode()), f"mount {target}")


def bind(source, target, read_only):
    target = Path(target)
    if Path(source).is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    mount(source, target, "", MS_BIND | MS_REC)
    mount("", target, "", MS_REMOUNT | MS_BIND | MS_NOSUID | (MS_RDONLY if read_only else 0))


def lay_out(root, directory):
    """The service's view of the file system below `root`: ProtectSystem=strict, ProtectHome, PrivateTmp, PrivateDevices, ProcSubset, credentials."""
    checked(libc.unshare(CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS), "unshare")
    mount("", "/", "", MS_REC | MS_PRIVATE)
    mount("tmpfs", root, "tmpfs", MS_NOSUID, "mode=0755")
    for place in ("usr/lib", "usr/lib64", "usr/share", "etc/ssl"):
        if Path("/", place).is_dir():
            bind(f"/{place}", root / place, True)
    for name in ("lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")
    bind(directory / "bin", root / "usr/bin", True)
    for name in ("ld.so.cache", "nsswitch.conf", "hosts", "resolv.conf", "host.conf", "gai.conf", "localtime"):
        if Path("/etc", name).exists():
            (root / "etc" / name).write_bytes(Path("/etc", name).read_bytes())
    bind(directory / "etc", root / f"etc/{NAME}", True)
    for mine, theirs in (("lib", f"var/lib/{NAME}"), ("run", f"run/{NAME}"), ("log", f"var/log/{NAME}")):
        bind(directory / mine, root / theirs, False)
    bind(directory / "notify", root / "run/systemd", True)
    credentials = root / f"run/credentials/{NAME}.service"
    credentials.mkdir(parents=True)
    mount("tmpfs", credentials, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700")
    for one in (directory / "credentials").iterdir():
        copy = credentials / one.name
        copy.write_bytes(one.read_bytes())
        copy.chmod(0o400)
        os.chown(copy, USER_ID, USER_ID)
    os.chown(credentials, USER_ID, USER_ID)
    credentials.chmod(0o500)
    mount("", credentials, "", MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)
    for place in ("tmp", "var/tmp"):
        (root / place).mkdir(parents=True)
        mount("tmpfs", root / place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")
    for place in ("home", "root"):
        (root / place).mkdir(mode=0o000)
    for node in ("null", "zero", "full", "random", "urandom", "tty"):
        bind(f"/dev/{node}", root / "dev" / node, False)
    (root / "proc").mkdir()
    mount("proc", root / "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "subset=pid,hidepid=invisible")
    mount("", root, "", MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID)
    os.chroot(root)
    os.chdir("/")


def drop_privileges(keys):
    limit = min(int(keys["LimitNOFILE"][0]), resource.getrlimit(resource.RLIMIT_NOFILE)[1])  # a container may allow less
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    os.umask(int(keys["UMask"][0], 8))
    if keys["CapabilityBoundingSet"] != [""] or keys["AmbientCapabilities"] != [""]:
        raise SystemExit("confine.py leaves no capability to a service")
    for capability in range(64):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    os.setgroups([])
    os.setresgid(USER_ID, USER_ID, USER_ID)
    os.setresuid(USER_ID, USER_ID, USER_ID)
    checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


class Argument(ctypes.Structure):
    """libseccomp's scmp_arg_cmp."""

    _fields_ = [("number", ctypes.c_uint), ("how", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


NE, EQ, GT, MASKED_EQ = 1, 4, 6, 7
ALLOW = 0x7FFF0000


def refused(number):
    return 0x00050000 | number


class Filter:
    """One filter of system calls; several lie on each other, as systemd's do."""

    def __init__(self, otherwise):
        self.lib = ctypes.CDLL("libseccomp.so.2")
        self.lib.seccomp_init.restype = ctypes.c_void_p
        self.context = ctypes.c_void_p(self.lib.seccomp_init(ctypes.c_uint32(otherwise)))

    def add(self, action, name, *arguments):
        number = self.lib.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            return  # of other architectures
        what = (Argument * max(1, len(arguments)))(*(Argument(*a) for a in arguments))
        done = self.lib.seccomp_rule_add_array(self.context, ctypes.c_uint32(action), number, len(arguments), what)
        if done != 0:
            raise OSError(-done, f"no rule for {name}")

    def load(self):
        if done := self.lib.seccomp_load(self.context):
            raise OSError(-done, "seccomp_load")


def restrict_calls(keys, allowed):
    words = Filter(ALLOW)
    families = {getattr(socket, f) for f in keys["RestrictAddressFamilies"][0].split()}
    for family in set(range(46)) - families:
        words.add(refused(errno.EAFNOSUPPORT), "socket", (0, EQ, family, 0))
    words.add(refused(errno.EAFNOSUPPORT), "socket", (0, GT, 45, 0))
    for flag in (1 << n for n in range(32) if NAMESPACES & 1 << n):  # RestrictNamespaces
        words.add(refused(errno.EPERM), "clone", (0, MASKED_EQ, flag, flag))
    words.add(refused(errno.ENOSYS), "clone3")
    for name in ("unshare", "setns"):
        words.add(refused(errno.EPERM), name)
    write, execute = mmap.PROT_WRITE, mmap.PROT_EXEC  # MemoryDenyWriteExecute
    words.add(refused(errno.EPERM), "mmap", (2, MASKED_EQ, write | execute, write | execute))
    for name in ("mprotect", "pkey_mprotect"):
        words.add(refused(errno.EPERM), name, (2, MASKED_EQ, execute, execute))
    words.add(refused(errno.EPERM), "shmat", (2, MASKED_EQ, 0o100000, 0o100000))
    for bit in (0o4000, 0o2000):  # RestrictSUIDSGID
        for name, at in (("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("mkdir", 1), ("mkdirat", 2), ("mknod", 1), ("mknodat", 2)):
            words.add(refused(errno.EPERM), name, (at, MASKED_EQ, bit, bit))
        words.add(refused(errno.EPERM), "openat", (2, MASKED_EQ, os.O_CREAT, os.O_CREAT), (3, MASKED_EQ, bit, bit))
    words.add(refused(errno.ENOSYS), "openat2")
    words.add(refused(errno.EPERM), "personality", (0, NE, 0, 0))  # LockPersonality
    words.load()
    names = Filter(refused(getattr(errno, keys["SystemCallErrorNumber"][0])))
    for name in allowed:
        names.add(ALLOW, name)
    names.load()


def probe():
    """What the service may do: {what: "yes", or the error's name}."""
    def outcome(act):
        try:
            act()
            return "yes"
        except OSError as wrong:
            return errno.errorcode[wrong.errno]

    def write(path):
        return lambda: Path(path, "probe").write_bytes(b"x")
    out = {f"write {p}": outcome(write(p)) for p in (f"/var/lib/{NAME}", f"/run/{NAME}", f"/var/log/{NAME}", "/tmp", "/var/tmp",
                                                    f"/etc/{NAME}", "/etc", "/usr/bin", "/usr/lib", "/var/lib", "/run", "/", "/home", "/root",
                                                    f"/run/credentials/{NAME}.service")}
    credentials = Path(f"/run/credentials/{NAME}.service")
    out["read a credential"] = outcome(lambda: [p.read_bytes() for p in credentials.iterdir()])
    out["read /proc/meminfo"] = outcome(lambda: Path("/proc/meminfo").read_bytes())
    out["see process 1"] = outcome(lambda: Path("/proc/1/stat").read_bytes())
    for family in ("AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET"):
        out[family] = outcome(lambda f=family: socket.socket(getattr(socket, f), socket.SOCK_DGRAM).close())
    out["lower the priority"] = outcome(lambda: os.setpriority(os.PRIO_PROCESS, 0, 5))
    out["memory to write and run"] = outcome(lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC).close())
    out["a namespace"] = outcome(lambda: checked(libc.unshare(0x10000000), "unshare"))
    out["set the user id bit"] = outcome(lambda: os.chmod(f"/var/lib/{NAME}", 0o4700))
    out["change an owner"] = outcome(lambda: os.chown(f"/var/lib/{NAME}", USER_ID, USER_ID))
    out["mount"] = outcome(lambda: mount("tmpfs", "/tmp", "tmpfs", 0))
    out["a host's name"] = outcome(lambda: socket.sethostname("other"))
    return out


def environment(keys):
    """As systemd sets it: nothing of the caller's."""
    seconds = int(re.fullmatch(r"(\d+)s", keys["WatchdogSec"][0])[1])
    return {"LANG": "C.UTF-8", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "USER": NAME, "LOGNAME": NAME, "HOME": f"/var/lib/{NAME}",
            "CREDENTIALS_DIRECTORY": f"/run/credentials/{NAME}.service", "STATE_DIRECTORY": f"/var/lib/{NAME}",
            "RUNTIME_DIRECTORY": f"/run/{NAME}", "LOGS_DIRECTORY": f"/var/log/{NAME}", "CONFIGURATION_DIRECTORY": f"/etc/{NAME}",
            "NOTIFY_SOCKET": "/run/systemd/notify", "WATCHDOG_USEC": str(seconds * 1_000_000), "WATCHDOG_PID": str(os.getpid())}


def main():
    unit, directory, words = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    keys = settings(unit)
    allowed = permitted(keys)  # asks systemd-analyze, which is not there below
    lay_out(directory / "root", directory)
    drop_privileges(keys)
    stop = words[0] == "--stop"
    if words[0] == "--probe":
        restrict_calls(keys, allowed)
        print(json.dumps(probe()))
        return
    variables = environment(keys)
    if stop:
        os.kill(os.getpid(), signal.SIGSTOP)
    restrict_calls(keys, allowed)
    os.execve(words[1 if stop else 0], words[1 if stop else 0:], variables)


if __name__ == "__main__":
    main()
