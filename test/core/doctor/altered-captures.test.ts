import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { captureText } from '../../../core/doctor/capture-text.js';
import { doctorCapture } from '../../../core/doctor/doctor-capture.js';
import { SerabutError } from '../../../core/errors.js';
import { Random } from '../../fuzz/random.js';

const directory = fileURLToPath(new URL('../../../../test/fixtures/captures', import.meta.url));
const captures = readdirSync(directory).map((name) => readFileSync(join(directory, name)));
const smallest = captures.reduce((a, b) => (a.length < b.length ? a : b));

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

/** The text of a report; undefined where the file is refused as none. */
async function read(bytes: Buffer): Promise<string | undefined> {
  try {
    return [...captureText(await doctorCapture(once(bytes)))].join('');
  } catch (error) {
    if (error instanceof SerabutError && error.code === 'SERABUT_ERR_CAPTURE') return undefined;
    throw error;
  }
}

t.test('a capture that is cut anywhere is read as far as it goes', async (t) => {
  for (let length = 24; length <= smallest.length; length++) {
    t.equal(typeof (await read(smallest.subarray(0, length))), 'string', `${length} bytes`);
  }
  t.match(await read(smallest.subarray(0, -1)), /^2 packets in .*, the last one cut off;/);
  for (const capture of captures) {
    for (let length = 24; length < capture.length; length += 1499) await read(capture.subarray(0, length));
  }
});

t.test('whatever bytes are changed, the report has no control characters in it', async (t) => {
  const random = new Random(8);
  let refused = 0;
  for (let round = 0; round < 200; round++) {
    const bytes = Buffer.from(captures[random.below(captures.length)] ?? smallest);
    for (let left = 1 + random.below(8); left > 0; left--) bytes[random.below(bytes.length)] = random.below(256);
    const text = await read(bytes);
    if (text === undefined) refused++;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    else if (/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(text)) t.fail(`round ${round}: ${JSON.stringify(text)}`);
  }
  t.ok(refused > 0 && refused < 150, `${refused} were refused`);
});
