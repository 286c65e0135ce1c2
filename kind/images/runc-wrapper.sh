#!/bin/sh
# Stands between dockerd and runc where the bounding set has no CAP_SYS_RESOURCE: runc would fail asking for it.
# Only the verbs that read a specification need it changed; all others go straight to runc.
# NODE and RUNC are filled in when the wrapper is put in place, because dockerd's PATH is not ours.
here=$(dirname "$0")
for argument in "$@"; do
  case $argument in
    create | run | restore | exec)
      "NODE" "$here/runc-wrapper.mjs" "$@" || exit 1
      break
      ;;
  esac
done
exec "RUNC" "$@"
