import Type, { type Static } from '../typebox.js';
import { kernelArgument, resourceName } from './text.js';

/** A distro, the configuration to install it with, and what both need besides. */
export const bootProfileSpec = Type.Object(
  {
    distro: resourceName(),
    configuration: resourceName(),
    kernelArgs: Type.Array(kernelArgument(), { default: [] }),
    /** What the plugin's own `parameters` schema allows. */
    parameters: Type.Record(Type.String(), Type.Unknown(), { default: {} }),
  },
  { additionalProperties: false },
);

export type BootProfileSpec = Static<typeof bootProfileSpec>;
