/* IMPORTANT
 * This snapshot file is auto-generated, but designed for humans.
 * It should be checked into source control and tracked carefully.
 * Re-generate by setting TAP_SNAPSHOT=1 and running tests.
 * Make sure to inspect the output below.  Do not ignore changes!
 */
'use strict'
exports[`build/test/core/routes/boot.test.js > TAP > the boot script of a profile is whole > must match snapshot 1`] = `
#!ipxe
echo Serabut: debian 13 netboot x86_64
set tries:int32 0
:try_the_kernel
echo Serabut: loading the kernel
kernel http://10.0.0.2:8080/iso/content/mini.iso/linux initrd=initrd.gz auto=true priority=critical url=http://10.0.0.2:8080/configuration/web/automation/debian-13/preseed.cfg?mac=52-54-00-00-00-01 interface=auto hostname=web1 domain=lan BOOTIF=01-\${netX/mac:hexhyp} quiet console=ttyS0 --- && goto done_the_kernel || set error \${errno}
inc tries
iseq \${tries} 5 && goto failed_the_kernel ||
echo Serabut: could not load the kernel (error \${error}), trying again in 3 s
sleep 3
goto try_the_kernel
:failed_the_kernel
echo Serabut: could not load the kernel: 5 tries failed, the last with error \${error}
echo Is the server up? Its log names what was asked for. https://ipxe.org/err/\${error} explains the number.
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1
:done_the_kernel
set tries:int32 0
:try_the_initrd
echo Serabut: loading the initrd
initrd --name initrd.gz http://10.0.0.2:8080/with-firmware/debian-13/initrd.gz && goto done_the_initrd || set error \${errno}
inc tries
iseq \${tries} 5 && goto failed_the_initrd ||
echo Serabut: could not load the initrd (error \${error}), trying again in 3 s
sleep 3
goto try_the_initrd
:failed_the_initrd
echo Serabut: could not load the initrd: 5 tries failed, the last with error \${error}
echo Is the server up? Its log names what was asked for. https://ipxe.org/err/\${error} explains the number.
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1
:done_the_initrd
echo Serabut: starting the installer
boot || echo Serabut: the kernel could not be started
prompt --timeout 60000 Press a key for the iPXE shell, or wait for the next boot entry && shell ||
exit 1

`
