import { stringify } from 'yaml';
import { SerabutError } from '../errors.js';
import { imageDocument, imageExists } from '../resources/new-images.js';
import { apiPath, whereIs } from './api-object.js';
import { ApiRefusal, type Client } from './client.js';
import { storeError } from './store-error.js';

/** Makes an Image as an object. Where the server has no right to, the error holds the command that a person may run. */
export async function addImage(client: Client, name: string, spec: object): Promise<string> {
  const body = imageDocument(name, spec);
  const path = apiPath('Image', client.namespace);
  try {
    await client.ask('POST', path, { body });
  } catch (error) {
    const code = error instanceof ApiRefusal ? error.code : undefined;
    if (code === 409) throw imageExists(name, whereIs('Image', client.namespace, name));
    if (code === 403) throw notPermitted(client.namespace, body);
    throw storeError(error as Error, 'POST', path);
  }
  return whereIs('Image', client.namespace, name);
}

function notPermitted(namespace: string, document: object): SerabutError {
  const command = `kubectl apply --namespace ${namespace} --filename - <<'END'\n${stringify(document)}END`;
  const message = `the server may not make Images itself. Run:\n${command}`;
  return new SerabutError('SERABUT_ERR_NOT_PERMITTED', message);
}
