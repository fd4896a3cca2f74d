#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Style and static checks: checkpatch --strict, sparse with endian checks,
# W=1 on 6.1 and 6.12, shellcheck, cppcheck, mandoc. Prints ok or not ok
# lines. All checkers are in bookworm's private root.

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1
fail=0
out=$(mktemp)
scripts=$root/build/lint-scripts
trap 'rm -rf "$out" "$scripts"' EXIT

in_root()	# COMMAND...
{
	selftests/root/root.sh run bookworm "$@"
}

# check NAME COMMAND...: ok if the command succeeds and prints nothing
check()
{
	local name=$1
	shift
	if "$@" > "$out" 2>&1 && [ ! -s "$out" ]; then
		echo "ok lint: $name"
	else
		echo "not ok lint: $name"
		sed 's/^/# /' "$out" | head -n 40
		fail=1
	fi
}

# Unpack checkpatch from the kernel's source; the repository has no copy.
rm -rf "$scripts"
mkdir -p "$scripts"
in_root tar -C "$scripts" --strip-components=2 -xf /usr/src/linux-source-6.12.tar.xz \
	linux-source-6.12/scripts/checkpatch.pl \
	linux-source-6.12/scripts/spelling.txt \
	linux-source-6.12/scripts/const_structs.checkpatch

# Ignore checks that apply only to code in the kernel's tree (MAINTAINERS
# entries), and checks that checkpatch gets wrong here: X-macros, and the macros
# that tools/platform.h defines.
# shellcheck disable=SC2317 # called by check
style()
{
	# The root has no git. Without git, checkpatch writes the file
	# .checkpatch-camelcase.* beside the sources.
	in_root env GIT_DIR=/nonexistent "$scripts/checkpatch.pl" --no-tree \
		--root="$root" --strict --terse --show-types \
		--ignore FILE_PATH_CHANGES,MACRO_ARG_REUSE,COMPLEX_MACRO \
		--ignore MACRO_ARG_UNUSED,MULTISTATEMENT_MACRO_USE_DO_WHILE \
		--ignore LINE_SPACING --max-line-length=128 \
		"$@" | grep -v '^total: 0 errors, 0 warnings, 0 checks'
	rm -f .checkpatch-camelcase.*
	return 0
}

# Userspace has no kernel types, no kstrto*() and no BIT(). libFuzzer's names
# are in camel case.
# shellcheck disable=SC2317
userspace_style()
{
	style --ignore PREFER_KERNEL_TYPES,PREFER_DEFINED_ATTRIBUTE_MACRO \
		--ignore CONSIDER_KSTRTO,SSCANF_TO_KSTRTO,STRCPY,STRNCPY,STRLCPY \
		--ignore USE_RELATIVE_PATH,PREFER_FALLTHROUGH,AVOID_EXTERNS \
		--ignore REPEATED_WORD,BIT_MACRO,ARRAY_SIZE,IS_ENABLED_CONFIG \
		--ignore DEEP_INDENTATION,CAMELCASE "$@"
}

# Prints Kbuild's warnings and errors, and none of its progress messages.
# shellcheck disable=SC2317
module()
{
	rm -rf "build/lint-$1"
	mkdir -p "build/lint-$1"
	cp -r VERSION Kbuild kmod include "build/lint-$1/"
	eval "$(selftests/vm/kernel.sh "$1")"
	in_root make -s -C "$KDIR" M="$root/build/lint-$1" W=1 C=2 \
		CF=-D__CHECK_ENDIAN__ modules 2>&1 |
		grep -E 'warning:|error:|WARNING|ERROR'
	rm -rf "build/lint-$1"
	return 0
}

mapfile -t kernel < <(git ls-files -co --exclude-standard 'kmod/*.[ch]' 'include/*.h')
mapfile -t user < <(git ls-files -co --exclude-standard 'tools/*.[ch]' 'selftests/*.[ch]')
mapfile -t shell < <(git ls-files -co --exclude-standard .ci debian selftests |
	while read -r f; do head -c 20 "$f" | grep -qE '^#!.*sh' && echo "$f"; done)

check "checkpatch, module" style -f "${kernel[@]}"
check "checkpatch, userspace" userspace_style -f "${user[@]}"
check "sparse and W=1, 6.1" module 6.1
check "sparse and W=1, 6.12" module 6.12
check "shellcheck" in_root shellcheck -x -P SCRIPTDIR "${shell[@]}" selftests/lib.sh
check "cppcheck" in_root cppcheck --quiet --error-exitcode=1 --enable=warning,portability \
	--inline-suppr --suppress=missingIncludeSystem tools kmod/engine
for page in tools/*.[0-9]; do
	check "mandoc $page" in_root mandoc -T lint -W warning "$page"
done
exit $fail
