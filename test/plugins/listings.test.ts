import { join } from 'node:path';
import t from 'tap';
import { writeListingIso } from '../../core/kit/listing-iso.js';
import type { BootableDistro } from '../../core/resources/catalogue.js';
import { buildApp, resources } from '../helpers/build-app.js';
import { configurations, machineQuery } from '../helpers/distros.js';
import { publishedListings } from '../helpers/listings.js';

const listings = await publishedListings();
const yaml = resources({ kind: 'Configuration', name: 'small', spec: configurations.stream });
const app = await buildApp(t, { start: false, files: { 'isos/.keep': '', 'resources/a.yaml': yaml } });
for (const { name, listing } of listings) await writeListingIso(listing, join(app.data, 'isos', `${name}.iso`));
await app.start();
const entries = new Map((await app.catalogue.entries()).map((entry) => [entry.name, entry]));

/** What is sent for a path, whose status must be 200. */
async function get(path: string, method: 'GET' | 'HEAD' = 'GET') {
  const response = await app.server.inject({ url: path, method });
  if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode}\n${response.body}`);
  return { text: response.body, length: Number(response.headers['content-length']) };
}

t.test('there are listings of every distribution, and of images that none of the plugins may know', async (t) => {
  const products = new Set(listings.map(({ listing }) => listing.expect?.product));
  t.strictSame([...products].sort(), ['almalinux', 'centos-stream', 'debian', 'fedora', 'rocky', 'ubuntu', undefined]);
  t.ok(listings.length > 50, `${listings.length}`);
});

for (const { name, listing } of listings) {
  const entry = entries.get(name);
  if (listing.expect === null) {
    t.test(`${name} is an image that no plugin takes for its own`, async (t) => {
      t.match(entry, { error: { message: `no plugin recognises ${name}.iso (volume "${listing.volumeId}")` } });
    });
    continue;
  }
  t.test(`${name} is recognised, and all that its installer asks for is there`, async (t) => {
    if (entry === undefined || 'error' in entry) throw entry?.error;
    const { distro } = entry;
    t.strictSame(distro.facts, listing.expect);
    t.equal(distro.isoSize, listing.size ?? distro.isoSize);
    for (const path of [distro.medium.kernel, distro.medium.initrd]) {
      t.equal((await get(`/iso/content/${name}.iso${path}`, 'HEAD')).length, listing.files[path], path);
    }
    const script = (await get(`/boot/${name}?configuration=small&${machineQuery}`)).text;
    const [kernel = '', initrd = ''] = [...script.matchAll(/^(?:kernel|initrd --name \S+) http:\/\/[^/]+(\S+)/gm)].map(
      ([, path]) => path,
    );
    t.equal((await get(kernel, 'HEAD')).length, listing.files[distro.medium.kernel], kernel);
    const least = Number(listing.files[distro.medium.initrd]) + (distro.overlay?.length ?? 0);
    t.ok((await get(initrd, 'HEAD')).length >= least, initrd);
    await answerAll(name, distro);
  });
}

async function answerAll(name: string, { plugin }: BootableDistro): Promise<void> {
  for (const file of plugin.automation.keys()) {
    await get(`/configuration/small/automation/${name}/${file}?${machineQuery}`);
  }
}

t.test('a DVD is installed from, of a boot or minimal image only stage 2 is used', async (t) => {
  const script = async (name: string) => (await get(`/boot/${name}?configuration=small&${machineQuery}`)).text;
  const kickstart = async (name: string) => (await get(`/configuration/small/automation/${name}/ks.cfg`)).text;
  t.match(await script('rocky-9-dvd-amd64'), ' inst.repo=http');
  t.match(await kickstart('rocky-9-dvd-amd64'), /^url --url="?http:.*rocky-9-dvd-amd64/m);
  for (const name of ['rocky-9-boot-amd64', 'rocky-9-minimal-arm64', 'almalinux-9-minimal-amd64']) {
    t.match(await script(name), ' inst.stage2=http', name);
    t.match(await kickstart(name), /^url --mirrorlist=/m, name);
  }
});
