# SPDX-License-Identifier: GPL-2.0
# Targets only: what the module consists of is in Kbuild and kmod/Kbuild,
# what the CLI consists of in tools/Makefile, what tests do in selftests/.

KDIR ?= /lib/modules/$(shell uname -r)/build
# The kernel that KDIR builds for, as uname -r prints it. In the headers of
# Debian 12, the target kernelrelease prints another version.
KRELEASE = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
	$(KDIR)/include/generated/utsrelease.h)
DESTDIR ?=
PREFIX ?= /usr/local
INSTALL ?= install
VERSION := $(shell cat VERSION)
DKMS = $(DESTDIR)/usr/src/algate-$(VERSION)
DKMS_FILES = Kbuild VERSION include/uapi/linux/algate.h kmod/Kbuild \
	$(filter-out %.mod.c,$(wildcard kmod/*.[ch] kmod/engine/*.[ch]))
DEB ?= deb
FUZZ_TIME ?= 60
SOAK_TIME ?= 1800
SOAK_KERNEL ?= 6.12
KERNELS ?= 6.12 6.1
CHECK_KERNEL := 6.12
SMOKE_KERNELS := 6.1 7.3
ALL_KERNELS := 6.12 6.1 7.3
RARE_KERNELS := 7.2 6.1.0-50 6.1-rt 6.12-rt 7.3-rt arm64

all: module tools ## build the module for KDIR, and the CLI

module: ## build kmod/algate.ko for the kernel headers in KDIR
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tools: ## build tools/algctl
	$(MAKE) --no-print-directory -C tools PREFIX=$(PREFIX)

install: all install-user ## install module, CLI, plug-ins, man pages, completions, units (DESTDIR, PREFIX, KDIR)
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install \
		$(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) INSTALL_MOD_DIR=updates

install-user: tools ## all of that without the module
	$(MAKE) --no-print-directory -C tools install \
		DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) INSTALL=$(INSTALL)

uninstall: uninstall-user ## remove the files of install
	rm -f $(DESTDIR)/lib/modules/$(KRELEASE)/updates/kmod/algate.ko*
	$(if $(DESTDIR),,depmod $(KRELEASE))

uninstall-user: ## remove the files of install-user
	$(MAKE) --no-print-directory -C tools uninstall \
		DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)

dkms: ## build and install the module with DKMS (with DESTDIR: only its source)
	$(if $(DESTDIR),,[ -z "$$(dkms status algate/$(VERSION))" ] || \
		dkms remove algate/$(VERSION) --all)
	rm -rf $(DKMS)
	$(INSTALL) -d $(DKMS)
	cp --parents $(DKMS_FILES) $(DKMS)/
	sed 's/#MODULE_VERSION#/$(VERSION)/' debian/algate-dkms.dkms \
		> $(DKMS)/dkms.conf
	$(if $(DESTDIR),,dkms install algate/$(VERSION) -k $(KRELEASE))

deb: ## make packages for Debian 13 in build/deb (DEB=deb12: for Debian 12)
	@debian/make.sh $(DEB)

demo: ## show the main job in a VM: a transfer that fails without algate and works with it
	@selftests/deps.sh
	@selftests/guest.sh 6.12
	@selftests/vm/run -k 6.12 selftests/vm/demo.sh

quick: ## tests that need neither root nor a VM, under a minute
	@selftests/run quick

vm: ## tests in VMs, on 6.12 and 6.1 or on KERNELS (PATTERN=names)
	@selftests/deps.sh
	@selftests/run vm $(KERNELS:%=-k %) $(PATTERN)

check: ## quick, all VM tests on 6.12, a named set on others; ends with "N passed, N failed"
	@selftests/host.sh note build/host
	@selftests/deps.sh
	@$(MAKE) --no-print-directory tools >/dev/null
	@selftests/run all -k $(CHECK_KERNEL) $(SMOKE_KERNELS:%=-s %)

check-all: ## quick, all VM tests on each kernel, the named set on 7.2 and rt, packages: hours
	@selftests/host.sh note build/host
	@selftests/deps.sh
	@$(MAKE) --no-print-directory tools >/dev/null
	@selftests/cross.sh build
	@selftests/cross.sh check
	@$(MAKE) --no-print-directory check-deb
	@selftests/run all $(ALL_KERNELS:%=-k %) $(RARE_KERNELS:%=-s %)

newest: ## the named set on the newest kernel that the mirror has: a report, no other target asks
	@selftests/deps.sh
	@selftests/root/root.sh run trixie rm -f /var/lib/algate/newest
	@selftests/run vm -s newest

cross: ## build the module for other machines, with Debian's headers
	@selftests/deps.sh
	@selftests/cross.sh build

cross-check: ## the engine's tests for other machines, under qemu-user
	@selftests/deps.sh
	@selftests/cross.sh check

check-debug: ## tests in a VM with KASAN, lockdep, kmemleak (PATTERN=names)
	@selftests/deps.sh
	@selftests/run vm -k debug $(PATTERN)

soak: ## fifty clients on a bad network for SOAK_TIME seconds, in a VM (SOAK_KERNEL=6.12, debug...)
	@selftests/deps.sh
	@SOAK_TIME=$(SOAK_TIME) selftests/run soak -k $(SOAK_KERNEL)

tshark: ## compare the plug-ins' results on all captures with tshark, in a root of its own
	@selftests/deps.sh
	@$(MAKE) --no-print-directory tools >/dev/null
	@selftests/tshark/run.sh

fuzz: ## every fuzzer for FUZZ_TIME seconds, see selftests/fuzz/README
	@selftests/deps.sh
	@selftests/root/root.sh run bookworm selftests/fuzz/fuzz.sh run -t $(FUZZ_TIME)

bench: ## what algate costs, in instructions, beside the kernel's helpers: build/bench/report.txt
	@selftests/deps.sh
	@selftests/guest.sh $(KERNELS)
	@selftests/bench/bench.sh $(KERNELS)

check-deb: deb ## install, upgrade and remove the packages, in a root of its own
	@selftests/deb.sh $(DEB)

lint: ## checkpatch --strict, sparse, W=1, shellcheck, cppcheck, mandoc
	@selftests/deps.sh
	@selftests/lint.sh

clean: ## remove what was built
	rm -rf build tools/algctl
	find kmod Kbuild -name '*.o' -o -name '*.ko' -o -name '*.mod' -o \
		-name '*.mod.c' -o -name '.*.cmd' | xargs -r rm -f
	rm -f Module.symvers modules.order kmod/modules.order .module-common.o
	rm -f .Module.symvers.cmd .modules.order.cmd ..module-common.o.cmd

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | \
		awk -F '\t' '{ printf "  %-12s %s\n", $$1, $$2 }'

.PHONY: all module tools install install-user uninstall uninstall-user dkms deb \
	demo quick vm check check-all newest cross cross-check check-debug soak \
	tshark fuzz bench check-deb lint clean help
