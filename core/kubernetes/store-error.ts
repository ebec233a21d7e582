import { SerabutError } from '../errors.js';
import { ApiRefusal, type Client } from './client.js';

type Method = Parameters<Client['ask']>[0];

/** One that is not the present one, or no longer there, is a conflict. */
export function storeError(error: Error, method: Method, where: string): SerabutError {
  const isConflict = error instanceof ApiRefusal && (error.code === 409 || (error.code === 404 && method !== 'POST'));
  if (isConflict) return conflict(error.message);
  const message = `the API server does not take it: ${reasonOf(error)}`;
  return new SerabutError('SERABUT_ERR_STORE', message, { where, cause: error });
}

export function conflict(message: string): SerabutError {
  return new SerabutError('SERABUT_ERR_CONFLICT', message);
}

/** `fetch failed` says nothing; its cause does. */
export function reasonOf(error: Error | undefined): string {
  const { message = '', cause } = error ?? {};
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
