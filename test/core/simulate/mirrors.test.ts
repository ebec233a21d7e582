import t from 'tap';
import { mirrorsIn, suiteOf } from '../../../core/simulate/mirrors.js';

t.test('the suite of a distro comes from its title', async (t) => {
  t.equal(suiteOf('Serabut: Debian 13 netboot x86_64'), 'trixie');
  t.equal(suiteOf('ubuntu 24.04 live-server x86_64'), 'noble');
  t.equal(suiteOf('fedora 42 dvd x86_64'), undefined);
});

t.test('a preseed file: the last answer to a question counts', async (t) => {
  const text = [
    'd-i mirror/http/hostname string a.example',
    'd-i mirror/http/directory string /debian',
    'd-i mirror/http/proxy string ',
    'd-i mirror/http/hostname string b.example',
  ].join('\n');
  const mirror = (suite: string) => [{ urls: [`http://b.example/debian/dists/${suite}/Release`], proxy: undefined }];
  t.strictSame(mirrorsIn('preseed.cfg', text, 'debian 13'), mirror('trixie'));
  t.strictSame(mirrorsIn('preseed.cfg', text, 'something'), mirror('stable'));
  t.strictSame(mirrorsIn('preseed.cfg', `${text}\nd-i mirror/suite string sid`, 'debian 13'), mirror('sid'));
  t.strictSame(mirrorsIn('preseed.cfg', 'd-i time/zone string UTC', 'debian 13'), []);
});

t.test("autoinstall's user-data: the mirror that is said outright", async (t) => {
  const text = `#cloud-config
autoinstall:
  proxy: 'http://192.0.2.1:3128'
  apt:
    mirror-selection:
      primary:
        - uri: "http://a.example/ubuntu"
`;
  const urls = ['http://a.example/ubuntu/dists/noble/Release'];
  t.strictSame(mirrorsIn('user-data', text, 'ubuntu 24.04'), [{ urls, proxy: 'http://192.0.2.1:3128' }]);
  t.strictSame(mirrorsIn('user-data', text, 'ubuntu 99.04'), [], 'a release whose name is not known');
  t.strictSame(mirrorsIn('user-data', '#cloud-config\nautoinstall:\n  version: 1\n', 'ubuntu 24.04'), []);
  t.strictSame(mirrorsIn('meta-data', text, 'ubuntu 24.04'), []);
});

t.test('a Kickstart file: trees and lists', async (t) => {
  const text = `url --url="http://a.example/os" --proxy=http://192.0.2.1:3128
repo --name=x --baseurl=http://b.example/x/
repo --name=y --metalink=https://c.example/list?repo=y
repo --name=z
`;
  t.strictSame(mirrorsIn('ks.cfg', text, 'fedora 42'), [
    {
      urls: ['http://a.example/os/repodata/repomd.xml', 'http://a.example/os/.treeinfo'],
      proxy: 'http://192.0.2.1:3128',
    },
    { urls: ['http://b.example/x/repodata/repomd.xml', 'http://b.example/x/.treeinfo'], proxy: undefined },
    { urls: ['https://c.example/list?repo=y'], proxy: undefined },
  ]);
});
