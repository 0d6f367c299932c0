# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel module is described in Kbuild. "make help" lists the targets.

PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
# For which kernel: the running one, else the newest that there are headers of.
KDIR ?= $(firstword $(shell ls -d /lib/modules/$$(uname -r)/build 2>/dev/null; \
	ls -d /usr/src/linux-headers-*-amd64 2>/dev/null | sort -rV))

CFLAGS ?= -O2 -g
CPPFLAGS ?=
LDFLAGS ?=
PKG_CONFIG ?= pkg-config

# V=1 shows the commands.
V ?=
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$(1)' '$(2)';)

all: module tools

help:
	@echo 'make              module and tools'
	@echo 'make module       vs.ko, for the kernel that KDIR is of'
	@echo 'make tools        build/vsadm'
	@echo 'make install      install them, below PREFIX and DESTDIR'
	@echo 'make check        all tests but those of check-stock'
	@echo 'make check-stock  the scenarios and the demo on the stock kernel'
	@echo '                  TESTS="NAME..." runs only those that match'
	@echo 'make demo         see it balance'
	@echo 'make bench        what a packet costs, beside ip_vs and others'
	@echo 'make netlink      generate code from the spec of the protocol'
	@echo 'make clean        remove what was built'
	@echo
	@echo 'KDIR=DIR          headers of a kernel ($(or $(KDIR),none found))'
	@echo 'PREFIX=DIR        where to install ($(PREFIX))'
	@echo 'V=1               show commands'

# The module

kbuild = $(MAKE) $(if $(Q),--no-print-directory) -C '$(KDIR)' M='$(CURDIR)'

module: | deps-build
	$(Q)[ -e '$(KDIR)/Makefile' ] || \
		{ echo "vs: no kernel headers in '$(KDIR)': set KDIR" >&2; exit 1; }
	$(Q)[ '$(KDIR)' = /lib/modules/$$(uname -r)/build ] || \
		echo 'vs: the module is built for $(KDIR)' >&2
	$(Q)$(kbuild) modules

# The tools

tool_objs := $(patsubst tools/%.c,build/tools/%.o,$(sort $(wildcard tools/*.c)))
tool_cflags = -std=gnu11 -Wall -Wextra -Werror -Iinclude/uapi \
	$(shell $(PKG_CONFIG) --cflags libnl-3.0 libnl-genl-3.0)
tool_libs = $(shell $(PKG_CONFIG) --libs libnl-3.0 libnl-genl-3.0)

tools: build/vsadm

build/vsadm: $(tool_objs)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -o $@ $^ $(tool_libs)

build/tools/%.o: tools/%.c | deps-build
	$(Q)mkdir -p $(@D)
	$(call say,CC,$@)$(CC) $(CPPFLAGS) $(CFLAGS) $(tool_cflags) -MMD -MP -c -o $@ $<

-include $(tool_objs:.o=.d)

install: all
	$(Q)$(kbuild) CONFIG_MODULE_SIG_ALL= \
		$(if $(DESTDIR),INSTALL_MOD_PATH='$(DESTDIR)') modules_install
	$(if $(DESTDIR),,$(Q)depmod $$(modinfo -F vermagic vs.ko | cut -d ' ' -f 1))
	$(call say,INSTALL,$(DESTDIR)$(SBINDIR)/vsadm)\
		install -D -m 755 build/vsadm '$(DESTDIR)$(SBINDIR)/vsadm'
	$(call say,INSTALL,$(DESTDIR)$(MANDIR)/man8/vsadm.8)\
		install -D -m 644 Documentation/vsadm.8 \
			'$(DESTDIR)$(MANDIR)/man8/vsadm.8'

# Generated code

netlink:
	$(Q)tests/deps check
	$(Q)Documentation/netlink/generate

# Tests: each installs the packages that it needs

check:
	$(Q)tests/deps build check lab scenario
	$(Q)tests/check $(TESTS)

check-stock:
	$(Q)tests/deps build lab scenario demo
	$(Q)tests/check --stock $(TESTS)

demo:
	$(Q)tests/deps build lab demo
	$(Q)tests/demo

bench:
	$(Q)tests/deps build lab bench
	$(Q)VS_OUT='$(CURDIR)/build' tests/vm/run --kernel uml --mem 4096 \
		--timeout 3000 tests/bench/run

deps-build:
	$(Q)tests/deps build

clean:
	$(Q)rm -rf build vs.ko vs.mod vs.mod.c vs.mod.o vs.o vs_kunit.* \
		vs_bench.* Module.symvers modules.order .Module.symvers.cmd \
		.modules.order.cmd .vs.*.cmd .module-common.o \
		..module-common.o.cmd
	$(Q)find kmod tests \( -name '*.o' -o -name '*.o.d' -o -name '.*.cmd' \) \
		-delete

.PHONY: all help module tools install netlink check check-stock demo bench \
	deps-build clean
.DELETE_ON_ERROR:
