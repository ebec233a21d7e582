import Type, { type Static } from '../typebox.js';
import { absolutePath, kernelArgument, resourceName } from './text.js';

/** What can be booted (`{distro}` in the URLs): an ISO, the plugin that knows it, and what is added to it. */
export const distroSpec = Type.Object(
  {
    /** The plugin that must have recognised the ISO. */
    plugin: resourceName(),
    /** The Image with the ISO. */
    image: resourceName(),
    /** Images with firmware archives, joined to the initrd in this order; the plugin's own bundles when left out. */
    firmware: Type.Optional(Type.Array(resourceName())),
    /** Paths inside the ISO, in place of the plugin's. */
    kernel: Type.Optional(absolutePath()),
    initrd: Type.Optional(absolutePath()),
    kernelArgs: Type.Array(kernelArgument(), { default: [] }),
  },
  { additionalProperties: false },
);

export type DistroSpec = Static<typeof distroSpec>;
