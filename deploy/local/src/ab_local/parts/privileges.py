"""Start a program that refuses root as a system user, also below folders closed to it."""

import grp
import os
import pwd
from pathlib import Path

SYSTEM_USER = "nobody"


def as_system_user(*needed: Path) -> tuple[str, ...]:
    """Return the command prefix that drops root, or nothing when there is none to drop.

    Where a folder on the way to a needed path is closed to other users (root's home is), the
    process keeps the one capability that lets it pass.
    """
    if os.geteuid() != 0:
        return ()
    user = pwd.getpwnam(SYSTEM_USER)
    group = grp.getgrgid(user.pw_gid).gr_name
    prefix = ("setpriv", f"--reuid={SYSTEM_USER}", f"--regid={group}", "--init-groups")
    if all(passable(path) for path in needed):
        return prefix
    # access(2) would ignore the capability without no_setuid_fixup.
    kept = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    return (*prefix, "--securebits=+no_setuid_fixup", *kept)


def give_to_system_user(folder: Path) -> None:
    """Make the system user own a folder; nothing to do when this isn't root."""
    if os.geteuid() == 0:
        user = pwd.getpwnam(SYSTEM_USER)
        os.chown(folder, user.pw_uid, user.pw_gid)


def passable(path: Path) -> bool:
    """Tell whether every folder above a path lets any user through."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)
