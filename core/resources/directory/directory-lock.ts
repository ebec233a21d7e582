import type { DatabaseSync } from 'node:sqlite';
import { SerabutError } from '../../errors.js';

/** SQLITE_BUSY: somebody else has the lock (https://sqlite.org/rescode.html#busy); higher bits say more. */
const busy = 5;

/**
 * A lock on a file that the kernel takes back when the process ends, however it ends, and that holds between the
 * containers of one machine and over network file systems that have locks. Node has no call for that, but it has SQLite,
 * which locks its file so (fcntl(2), F_SETLK); no database is ever written to the file.
 */
export class DirectoryLock {
  private constructor(private readonly database: DatabaseSync) {}

  /** Throws SERABUT_ERR_DATA_TAKEN when somebody has it, and anything else where the file system has no locks. */
  static async take(path: string): Promise<DirectoryLock> {
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(path);
    try {
      // Without a journal nothing is written beside the file.
      database.exec('PRAGMA journal_mode = OFF; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
      return new DirectoryLock(database);
    } catch (error) {
      database.close();
      if ((((error as { errcode?: number }).errcode ?? 0) & 0xff) !== busy) throw error;
      const message = 'another server uses this data directory';
      throw new SerabutError('SERABUT_ERR_DATA_TAKEN', message, { where: path, cause: error });
    }
  }

  release(): void {
    this.database.close();
  }
}
