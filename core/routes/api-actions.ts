import type { FastifyInstance, FastifyRequest } from 'fastify';
import { machineView } from '../operator/machine-view.js';
import type { Operator } from '../operator/operator-tokens.js';
import { words } from '../operator/schema.js';
import { imageExists } from '../resources/new-images.js';
import Type, { type Static } from '../typebox.js';
import { machineOf, nameParams } from './api-reading.js';
import { answers } from './api-schemas.js';
import type { Services } from './services.js';

const name = (description: string) => Type.String({ minLength: 1, maxLength: 100, description });
const url = () => Type.String({ maxLength: 2048, description: 'http or https' });

const acceptBody = Type.Object(
  { bootProfile: Type.Optional(name('That of the proposal when left out')) },
  { additionalProperties: false },
);
const reinstallBody = Type.Object(
  {
    generation: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, description: 'To come to; asking twice is then asking once' }),
    ),
  },
  { additionalProperties: false },
);
const imageBody = Type.Object(
  {
    name: name('Of the Image'),
    type: Type.Optional(words(['iso', 'firmware'], { default: 'iso' })),
    url: url(),
    path: Type.Optional(
      Type.String({ maxLength: 255, description: 'Of the file; the last part of the URL if left out' }),
    ),
    sha256: Type.Optional(Type.String({ maxLength: 64 })),
    checksums: Type.Optional(
      Type.Object(
        {
          url: url(),
          signature: Type.Optional(url()),
          keyring: Type.Optional(Type.String({ maxLength: 255, description: 'A file in keyrings/' })),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);

type Asked<Body> = { Params: Static<typeof nameParams>; Body: Body };

/** Who may act, once it is known. */
const operators = new WeakMap<FastifyRequest, Operator>();

/**
 * `POST /api/v1/machines/{name}/{accept,reinstall}`, `DELETE /api/v1/machines/{name}`, `POST /api/v1/images`: what
 * operators do. The token is looked at before anything else of a request is.
 */
export function apiActions(app: FastifyInstance, services: Services): void {
  const { store, actions, access, machines, newImages, now } = services;
  const onRequest = async (request: FastifyRequest) =>
    void operators.set(request, await access.requireOperator(request));
  // A body may be left out.
  const preValidation = async (request: FastifyRequest) => {
    request.body ??= {};
  };
  const common = { onRequest, preValidation };
  const security = [{ token: [] }];
  const view = (name: string) => machineView(machineOf(services, name), machines.present, now());

  const accepted = answers.of('Machine', 'It is installed when it next boots from the network; its disk is erased');
  app.post<Asked<Static<typeof acceptBody>>>(
    '/machines/:name/accept',
    {
      ...common,
      schema: {
        summary: 'Accept a discovered machine',
        security,
        params: nameParams,
        body: acceptBody,
        response: accepted,
      },
    },
    async (request) => {
      await actions.accept(request.params.name, request.body, who(request));
      return view(request.params.name);
    },
  );
  app.post<Asked<Static<typeof reinstallBody>>>(
    '/machines/:name/reinstall',
    {
      ...common,
      schema: {
        summary: 'Install a machine once more',
        security,
        params: nameParams,
        body: reinstallBody,
        response: accepted,
      },
    },
    async (request) => {
      await actions.reinstall(request.params.name, request.body, who(request));
      return view(request.params.name);
    },
  );
  const forgotten = { 204: { description: 'It is forgotten', type: 'null' }, ...answers.errors };
  app.delete<{ Params: Static<typeof nameParams> }>(
    '/machines/:name',
    {
      onRequest,
      schema: { summary: 'Forget a discovered machine', security, params: nameParams, response: forgotten },
    },
    async (request, reply) => {
      await actions.forget(request.params.name, who(request));
      return reply.code(204).send();
    },
  );
  app.post<{ Body: Static<typeof imageBody> }>(
    '/images',
    {
      onRequest,
      schema: {
        summary: 'Add an Image, which is downloaded',
        security,
        body: imageBody,
        response: answers.of('NewImage', 'It is made', 201),
      },
    },
    async (request, reply) => {
      const { name, ...spec } = request.body;
      // Two of one name would both be unusable.
      if (store.snapshot.has('Image', name)) throw imageExists(name, store.snapshot.get('Image', name)?.where);
      const where = await newImages.add(name, spec);
      const { operator } = who(request);
      request.log.info({ image: name, operator, where }, 'an Image is added');
      return reply.code(201).send({ name, where });
    },
  );
}

function who(request: FastifyRequest): Operator {
  return operators.get(request) as Operator;
}
