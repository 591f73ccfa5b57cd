#!/bin/sh
# Cargo's `RUSTDOC` in tests/public-api.sh: lets a stable rustdoc write JSON. If the whole of Cargo
# got RUSTC_BOOTSTRAP, it would compile again each dependency whose build script looks at it.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
