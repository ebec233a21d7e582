import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import t from 'tap';
import { checkPorts, wantedPorts } from '../../../core/lan/taken-ports.js';

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

t.test('every port that is taken is listed, with who usually has it', async (t) => {
  const tables = t.testdir({
    udp: `${head} 1: 00000000:0043 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 100 2\n`,
    udp6: `${head} 1: ${'0'.repeat(32)}:0045 ${'0'.repeat(32)}:0000 07 00000000:00000000 00:00000000 00000000 0 0 1 2\n`,
    tcp: [
      `${head} 1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 100 2`,
      ' 2: 0100007F:0C38 0100007F:0050 01 00000000:00000000 00:00000000 00000000     0        0 100 2\n',
    ].join('\n'),
  });
  await t.rejects(checkPorts(wantedPorts(8080, 3128), tables), {
    code: 'SERABUT_ERR_PORT_TAKEN',
    message: [
      'another program of this machine has',
      '  - UDP 67: usually a DHCP server, or the dnsmasq of libvirt or LXD',
      '  - UDP 69: usually a TFTP server',
      '  - TCP 8080: usually another web server',
    ].join('\n'),
  });
  await checkPorts(wantedPorts(80, 3128).slice(2), tables);
});

t.test('the sockets of this machine are seen', async (t) => {
  const udp = createSocket('udp4').bind(0, '127.0.0.1');
  const tcp = createServer().listen(0, '127.0.0.1');
  await Promise.all([once(udp, 'listening'), once(tcp, 'listening')]);
  const ports = { udp: udp.address().port, tcp: (tcp.address() as { port: number }).port };
  for (const protocol of ['udp', 'tcp'] as const) {
    const wanted = [{ protocol, port: ports[protocol], usual: 'a test' }];
    await t.rejects(checkPorts(wanted), {
      message: new RegExp(`${protocol.toUpperCase()} ${ports[protocol]}: usually`),
    });
  }
  await new Promise<void>((resolve) => udp.close(() => resolve()));
  await new Promise((resolve) => tcp.close(resolve));
  for (const protocol of ['udp', 'tcp'] as const)
    await checkPorts([{ protocol, port: ports[protocol], usual: 'a test' }]);
});
