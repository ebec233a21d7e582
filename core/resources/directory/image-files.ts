import { link, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { SerabutError } from '../../errors.js';
import { newToken } from '../../machines/tokens.js';
import { imageDocument, imageExists, type NewImages } from '../new-images.js';

/** Images of operators as files of their own in `resources/`, which people may change from then on. */
export class ImageFiles implements NewImages {
  constructor(private readonly directory: string) {}

  async add(name: string, spec: object): Promise<string> {
    const text = `# Added by an operator.\n${stringify(imageDocument(name, spec))}`;
    const file = `image-${name}.yaml`;
    try {
      await this.#write(file, text);
    } catch (thrown) {
      const cause = thrown as NodeJS.ErrnoException;
      if (cause.code === 'EEXIST' && cause.syscall === 'link') throw imageExists(name, file);
      if (['EROFS', 'EACCES', 'EPERM'].includes(cause.code ?? '')) throw notPermitted(file, text);
      throw new SerabutError('SERABUT_ERR_STORE', `cannot write ${file}: ${cause.message}`, { where: file, cause });
    }
    return file;
  }

  /** The whole file or none, and never over another: a link to a name that is taken fails (link(2)), a rename does not. */
  async #write(file: string, text: string): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    // No document of a resource is read from a name that does not end with .yaml.
    const temporary = join(this.directory, `.${newToken()}.new`);
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(text);
      await handle.sync();
      await link(temporary, join(this.directory, file));
    } finally {
      await handle.close();
      await rm(temporary, { force: true });
    }
  }
}

/** As where the resources come from a Secret of the cluster. */
function notPermitted(file: string, text: string): SerabutError {
  const message = `resources/ cannot be written to. Add this file to what it is made of:\n${text.trimEnd()}`;
  return new SerabutError('SERABUT_ERR_NOT_PERMITTED', message, { where: file });
}
