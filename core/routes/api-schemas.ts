import { distroViewSchema, profileViewSchema } from '../operator/distro-view.js';
import { imageViewSchema } from '../operator/image-view.js';
import { machineListSchema } from '../operator/machine-list.js';
import { machineViewSchema } from '../operator/machine-view.js';
import { overviewSchema } from '../operator/overview.js';
import { pluginViewSchema } from '../operator/plugin-view.js';
import { problem } from '../operator/schema.js';
import Type, { type TSchema } from '../typebox.js';

const listOf = (schema: TSchema): TSchema =>
  Type.Object({ items: Type.Array(schema) }, { additionalProperties: false });

/** The schemas of what is answered, by the names that they have in the description of the API. */
export const namedSchemas = {
  Overview: overviewSchema,
  Machine: machineViewSchema,
  MachineList: machineListSchema,
  MachineLog: Type.Object(
    {
      lines: Type.Array(Type.String()),
      /** For `after` of the next request: what comes then is new. */
      next: Type.Integer(),
    },
    { additionalProperties: false },
  ),
  ImageList: listOf(imageViewSchema),
  DistroList: listOf(distroViewSchema),
  ProfileList: listOf(profileViewSchema),
  PluginList: listOf(pluginViewSchema),
  NewImage: Type.Object({ name: Type.String(), where: Type.String() }, { additionalProperties: false }),
  Problem: problem,
} as const satisfies Record<string, TSchema>;

export type SchemaName = keyof typeof namedSchemas;

const answer = (name: SchemaName, description: string) => ({
  description,
  content: { 'application/json': { schema: { $ref: `${name}#` } } },
});

const errors = { default: answer('Problem', 'What stands against it') };

/** What a route answers, for its schema. */
export const answers = {
  errors,
  of: (name: SchemaName, description: string, status = 200) => ({ [status]: answer(name, description), ...errors }),
};
