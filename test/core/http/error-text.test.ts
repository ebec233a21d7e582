import Fastify from 'fastify';
import t from 'tap';
import { SerabutError } from '../../../core/errors.js';
import { errorText } from '../../../core/http/error-text.js';

async function answer(error: unknown) {
  const app = Fastify();
  await app.register(errorText);
  app.get('/', () => {
    throw error;
  });
  return app.inject('/');
}

t.test('whoever gets a 503 is told when to ask again', async (t) => {
  const busy = (details = {}) => new SerabutError('SERABUT_ERR_BUSY', 'too much', details);
  t.match(await answer(busy()), { statusCode: 503, headers: { 'retry-after': '5' } });
  t.match(await answer(busy({ retryAfter: 9 })), { statusCode: 503, headers: { 'retry-after': '9' } });
  const other = await answer(new SerabutError('SERABUT_ERR_RANGE', 'outside'));
  t.equal(other.statusCode, 416);
  t.equal(other.headers['retry-after'], undefined);
});

t.test('an error that nobody foresaw tells the client no more than that', async (t) => {
  const { statusCode, body } = await answer(new Error('secret'));
  t.equal(statusCode, 500);
  t.match(body, /^SERABUT_ERR_INTERNAL: an unforeseen error\n/);
  t.notMatch(body, 'secret');
});
