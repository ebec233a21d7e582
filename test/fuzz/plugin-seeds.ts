import debian from '../../plugins/debian/index.js';
import fedora from '../../plugins/fedora/index.js';
import ubuntu from '../../plugins/ubuntu/index.js';
import { validPlugin } from '../helpers/plugins.js';
import { toText } from './hostile-value.js';
import type { Seed } from './target.js';

/** The plugins that there are, their templates as functions: no file is read. */
export function pluginSeeds(): Seed[] {
  const parameters = {
    type: 'object',
    properties: {
      disk: { type: 'string', pattern: '^/dev/', default: '/dev/sda' },
      size: { type: 'integer', minimum: 1 },
    },
    additionalProperties: false,
  };
  const own = {
    ...validPlugin,
    check: () => [],
    unsupported: [{ field: 'storage.layout', values: ['lvm'], because: 'x' }],
  };
  return Object.entries({ validPlugin, own, parameters: { ...own, parameters }, debian, fedora, ubuntu }).map(
    ([name, plugin]) => ({ name, bytes: Buffer.from(toText(plugin)) }),
  );
}
