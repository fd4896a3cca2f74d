# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Sourced by scripts: compiles the engine in userspace, with the kernel's
# options.
engine_flags=(-O2 -g -mgeneral-regs-only -fno-jump-tables
	-fno-strict-aliasing -ftrivial-auto-var-init=zero
	-fstack-protector-strong)

# Sets "objects" to the compiled files.
compile_engine()	# DIR FLAG...
{
	local dir=$1 src

	shift
	mkdir -p "$dir"
	objects=()
	for src in kmod/engine/*.c; do
		objects+=("$dir/$(basename "$src" .c).o")
		"${CC:-gcc}" "${engine_flags[@]}" "$@" -c \
			-o "${objects[-1]}" "$src" || return
	done
}

# Links with the last compiled engine.
compile_program()	# OUT FLAG|SOURCE...
{
	"${CC:-gcc}" -O2 -g -std=gnu11 -D_GNU_SOURCE -Wall -Wextra \
		-o "$@" tools/compiler/*.c "${objects[@]}"
}
