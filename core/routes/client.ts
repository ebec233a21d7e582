import type { FastifyRequest } from 'fastify';
import type { Neighbours } from '../lan/neighbours.js';
import type { Client } from '../machines/outcome.js';

/** Who sent a request, as far as the network tells. */
export async function clientOf(request: FastifyRequest, neighbours: Pick<Neighbours, 'find'>): Promise<Client> {
  // The address is gone when the socket is.
  const address = ((request.ip as string | undefined) ?? '').replace(/^::ffff:/i, '');
  return { address, neighbour: await neighbours.find(address) };
}
