import type { Finding } from '../check.js';
import { listFindings } from '../check.js';
import { SerabutError } from '../errors.js';
import { checkResource, type Resource, resourceVersion } from './kinds.js';

/** Where an operator's Image is made, beside those that people write. */
export interface NewImages {
  /**
   * Makes an Image of this spec, as it was given. The store sees it some time later. Resolves to where it stands. Throws
   * SERABUT_ERR_IMAGE_EXISTS, SERABUT_ERR_NOT_PERMITTED and SERABUT_ERR_STORE.
   */
  add(name: string, spec: object): Promise<string>;
}

/** The document of an Image. Throws SERABUT_ERR_BAD_REQUEST with everything that is wrong with it. */
export function imageDocument(name: string, spec: object): object {
  const document = { apiVersion: resourceVersion, kind: 'Image', metadata: { name }, spec };
  const checked: Resource | Finding[] = checkResource(document, name);
  if (!Array.isArray(checked)) return document;
  throw new SerabutError('SERABUT_ERR_BAD_REQUEST', `the Image cannot be used as it is: ${listFindings(checked)}`);
}

export function imageExists(name: string, where?: string): SerabutError {
  const details = where === undefined ? {} : { where };
  return new SerabutError('SERABUT_ERR_IMAGE_EXISTS', `there is an Image "${name}" already`, details);
}
