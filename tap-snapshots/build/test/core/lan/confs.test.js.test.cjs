/* IMPORTANT
 * This snapshot file is auto-generated, but designed for humans.
 * It should be checked into source control and tracked carefully.
 * Re-generate by setting TAP_SNAPSHOT=1 and running tests.
 * Make sure to inspect the output below.  Do not ignore changes!
 */
'use strict'
exports[`build/test/core/lan/confs.test.js > TAP > the configuration of dnsmasq > must match snapshot 1`] = `
# Made by serabut from the address of the boot LAN; changes are lost.
port=0
interface=net1
except-interface=lo
log-dhcp
log-facility=-
pid-file=
leasefile-ro
# These two take the need for NET_ADMIN and NET_RAW away (dnsmasq 2.91).
dhcp-broadcast
no-ping

# ProxyDHCP: no addresses are given out, the offer only adds what to boot.
dhcp-range=192.168.88.0,proxy,255.255.255.0
enable-tftp
tftp-root=/usr/lib/ipxe

# Who asks is iPXE: it sends option 175 (its own) and this user class.
dhcp-match=set:ipxe,175
dhcp-userclass=set:ipxe,iPXE

# Firmware that boots by PXE gets iPXE. One service per architecture: two would make a menu, and iPXE load itself
# for ever. A pxe-service line also is what makes dnsmasq answer at all in proxy mode, and on port 4011, where UEFI asks.
pxe-service=tag:!ipxe,X86-64_EFI,"iPXE",snponly.efi
pxe-service=tag:!ipxe,BC_EFI,"iPXE",snponly.efi
pxe-service=tag:!ipxe,ARM64_EFI,"iPXE",ipxe-arm64.efi
pxe-service=tag:!ipxe,x86PC,"iPXE",undionly.kpxe
# Firmware for which there is no loader must get no offer: some prefer an empty one to that of another server.
dhcp-match=set:loader,option:client-arch,7
dhcp-match=set:loader,option:client-arch,9
dhcp-match=set:loader,option:client-arch,16
dhcp-match=set:loader,option:client-arch,11
dhcp-match=set:loader,option:client-arch,19
dhcp-match=set:loader,option:client-arch,0
dhcp-ignore=tag:!loader,tag:!ipxe

# A BIOS that does not understand menus takes the file from the offer itself, if the server address is there.
dhcp-match=set:bios,option:client-arch,0
dhcp-boot=tag:bios,tag:!ipxe,undionly.kpxe,,192.168.88.97

# iPXE gets its script in the offer, with the server address without which it ignores it. One that is the boot ROM of
# a BIOS machine asks on port 4011 all the same, and for ever if there is no service for it.
dhcp-boot=tag:ipxe,http://192.168.88.97:8080/boot?mac=\${mac}&uuid=\${uuid}&arch=\${buildarch}&platform=\${platform},,192.168.88.97
pxe-service=tag:ipxe,x86PC,"Serabut",http://192.168.88.97:8080/boot?mac=\${mac}&uuid=\${uuid}&arch=\${buildarch}&platform=\${platform}

# UEFI HTTP boot takes the URL from the offer and never asks on port 4011, so it must have no pxe-service.
dhcp-pxe-vendor=PXEClient,HTTPClient
dhcp-match=set:http16,option:client-arch,16
dhcp-boot=tag:http16,tag:!ipxe,http://192.168.88.97:8080/ipxe/snponly.efi,,192.168.88.97
dhcp-match=set:http19,option:client-arch,19
dhcp-boot=tag:http19,tag:!ipxe,http://192.168.88.97:8080/ipxe/ipxe-arm64.efi,,192.168.88.97

`

exports[`build/test/core/lan/confs.test.js > TAP > the configuration of Squid > must match snapshot 1`] = `
# Made by serabut from the address of the boot LAN; changes are lost.
http_port 192.168.88.97:3128
visible_hostname serabut
pid_filename none
access_log stdio:/dev/stdout
cache_log /dev/stderr
cache_store_log none
coredump_dir none
# Squid sizes tables by the limit of open files, which is endless in some containers.
max_filedescriptors 4096
shutdown_lifetime 3 seconds
# It would ask other caches by ICMP how far they are: there are none, and it has no right to.
pinger_enable off

acl lan src 192.168.88.0/24
acl to_lan dst 192.168.88.0/24
acl denied0 dst 169.254.0.0/16
acl denied1 dst fe80::/10
acl denied2 dst fd00:ec2::254
acl denied3 dst 10.96.0.0/12
acl denied4 dst fd00::/8
acl safe_ports port 80 443 1025-65535
acl https_port port 443
acl CONNECT method CONNECT
http_access deny !safe_ports
http_access deny CONNECT !https_port
http_access deny to_localhost
http_access deny denied0 !to_lan
http_access deny denied1 !to_lan
http_access deny denied2 !to_lan
http_access deny denied3 !to_lan
http_access deny denied4 !to_lan
http_access deny manager
http_access allow lan
http_access deny all

# The largest object must be set before cache_dir, which takes it over.
maximum_object_size 8 GB
maximum_object_size_in_memory 1 MB
cache_mem 128 MB
cache_dir aufs /data/squid 8000 16 256
# A hundred machines that ask for one package at once are one request to the mirror.
collapsed_forwarding on
# A part of a package that somebody asks for is a reason to fetch the whole; one that somebody gave up is fetched to its end.
acl packages urlpath_regex -i \\.(u?deb|rpm|drpm)$
range_offset_limit none packages
quick_abort_min -1 KB

refresh_pattern /by-hash/ 129600 100% 129600 ignore-reload
refresh_pattern -i \\.(u?deb|dsc|tar\\.[a-z0-9]+|rpm|drpm)$ 129600 100% 129600
refresh_pattern -i /(InRelease|Release|Release\\.gpg|repomd\\.xml|metalink[^/]*)$ 0 0% 0
refresh_pattern -i /(Packages|Sources|Translation-[^/]*|Contents-[^/]*)(\\.[a-z0-9]+)?$ 0 0% 0
refresh_pattern -i /(cgi-bin/|\\?) 0 0% 0
refresh_pattern . 0 20% 4320

`
