import t from 'tap';
import { cacheCount, cacheShare, dnsmasqLines, requests, timeline } from './evidence.js';

const request = {
  at: 12,
  text: '{"level":30,"client":"192.168.88.83","method":"GET","url":"/boot?mac=x","status":200,"bytes":1358,"ms":1,"msg":"request"}',
};
const tftp = {
  at: 11,
  text: '{"level":30,"from":"dnsmasq","msg":"dnsmasq-tftp: sent /x/snponly.efi to 192.168.88.83"}',
};
const plain = { at: 10, text: 'Machines on eth0 can boot from the network now.' };

t.test('requests and the lines of dnsmasq are told apart', async (t) => {
  const lines = [plain, tftp, request];
  t.match(requests(lines), [{ at: 12, client: '192.168.88.83', url: '/boot?mac=x', status: 200, bytes: 1358 }]);
  t.strictSame(dnsmasqLines(lines), [{ at: 11, text: 'dnsmasq-tftp: sent /x/snponly.efi to 192.168.88.83' }]);
});

t.test("Squid's cache is counted in what was asked for since a time", async (t) => {
  const log = `99.000 1 192.168.88.83 TCP_HIT/200 1000000 GET http://m/old - HIER_NONE/- -
100.500     25 192.168.88.83 TCP_MISS/200 3000000 GET http://m/a.deb - FIRSTUP_PARENT/127.0.0.80 -
101.000      1 192.168.88.83 TCP_MEM_HIT/200 2000000 GET http://m/a.deb - HIER_NONE/- -
102.000      1 192.168.88.83 TCP_REFRESH_UNMODIFIED/200 500000 GET http://m/Release - HIER_NONE/- -
103.000      1 192.168.88.83 TCP_MISS/200 300 HEAD http://m/a.deb - HIER_NONE/- -
`;
  t.equal(cacheShare(log, 100), 'Squid: 3 requests, 5.5 MB; from the cache 2 requests, 2.5 MB');
  t.strictSame(cacheCount(log, 100, /\.deb$/), { requests: 2, bytes: 5e6, hits: 1, hitBytes: 2e6 });
});

t.test('a timeline has the steps in order, with their beginnings and lengths', async (t) => {
  const script = { at: 130, text: '{"url":"/boot/debian-13?profile=lab","status":200,"msg":"request"}' };
  const login = { at: 1300.4, text: 'labnode login: ' };
  const earlier = { at: 50, text: 'sent /x/undionly.kpxe' };
  const logs = { console: [login], serabut: [earlier, { at: 127, text: 'sent /x/snponly.efi' }, script], syslog: [] };
  t.equal(
    timeline(100, 1305, logs),
    [
      '     0 s     27 s  firmware',
      '    27 s      3 s  iPXE by TFTP',
      '    30 s   1170 s  boot script',
      '  1200 s      5 s  login prompt',
    ].join('\n'),
  );
});
