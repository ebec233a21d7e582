/** What HTTP alone costs: a route of Fastify that answers with the same text each time. Arguments: port, text. */
import Fastify from 'fastify';

const app = Fastify();
app.get('/boot', async (_, reply) => reply.type('text/plain; charset=utf-8').send(process.argv[3] ?? ''));
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) });
