import Type, { type Static } from 'typebox';
import { fileName } from './text.js';

/** A file that the distribution publishes: an ISO in `isos/`, or a firmware archive in `firmware/`. */
export const imageSpec = Type.Object(
  {
    type: Type.Union([Type.Literal('iso'), Type.Literal('firmware')], { expected: '"iso" or "firmware"' }),
    /** Its name in `isos/` or `firmware/` of the data directory. */
    path: fileName(),
  },
  { additionalProperties: false },
);

export type ImageSpec = Static<typeof imageSpec>;
