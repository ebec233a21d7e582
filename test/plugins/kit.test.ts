import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { examinePlugin } from '../../core/kit/examine.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The built-in plugins are held against the same kit as anyone's, each with some of the listings. */
for (const [plugin, listings] of Object.entries({
  debian: ['debian-12-netboot-amd64', 'debian-13-netinst-amd64', 'debian-13-dvd-arm64'],
  ubuntu: ['ubuntu-22.04.5-amd64', 'ubuntu-26.04-arm64', 'none-ubuntu-26.04-desktop-amd64'],
  fedora: ['fedora-44-server-dvd-amd64', 'fedora-43-everything-netinst-amd64', 'rocky-9-boot-amd64'],
})) {
  t.test(`${plugin} passes the kit`, async (t) => {
    const some = t.testdir({});
    for (const name of listings)
      symlinkSync(join(root, `test/fixtures/listings/${name}.yaml`), join(some, `${name}.yaml`));
    const [seen, problems]: [string[], string[]] = [[], []];
    const report = (what: string, problem?: string) =>
      problem === undefined ? seen.push(what) : problems.push(problem);
    await examinePlugin(join(root, 'build/plugins', plugin), { isos: [], listings: some, report });
    t.strictSame(problems, []);
    t.equal(seen.filter((what) => /can be installed$|is left alone$/.test(what)).length, 3, seen.join('\n'));
  });
}
