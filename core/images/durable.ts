import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Puts a file that was written and synchronised in the place of another, so that it stays there when power fails. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await using directory = await open(dirname(to));
  await directory.sync();
}

/** Replaces a small file so that at every instant either the old or the new one is there as a whole. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  {
    await using file = await open(temporary, 'w');
    await file.writeFile(text);
    await file.sync();
  }
  await renameDurably(temporary, path);
}
