import { SerabutError } from '../errors.js';

/** What a promise comes to, or SERABUT_ERR_STORE when it takes longer than so many milliseconds; it goes on then. */
export async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SerabutError('SERABUT_ERR_STORE', 'writing takes too long')), ms);
  });
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}
