import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { profile } from '../material.js';
import { namespace, neighbours } from './release.js';

/** The Secret with the password hash of the user, at the key `lab`. */
export const secretName = 'lab-passwords';

interface Resource {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly users?: readonly object[] } & Readonly<Record<string, unknown>>;
}

/**
 * What the claim holds as files, as objects; and two Configurations with their BootProfiles: `secret`, whose user has the
 * password of a Secret, and `broken`, whose Secret lacks the key.
 */
export function makeMachineResources(directory: string, hash: string): object[] {
  const text = readFileSync(join(directory, 'claims/iso/resources/lab.yaml'), 'utf8');
  const documents = parseAllDocuments(text).map((document) => document.toJS() as Resource);
  const configuration = documents.find(({ kind }) => kind === 'Configuration');
  if (configuration === undefined) throw new Error('the claim of the lab has no Configuration');
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: secretName }, stringData: { lab: hash } };
  const made = [...withPassword(configuration, 'secret', 'lab'), ...withPassword(configuration, 'broken', 'nowhere')];
  const others = documents.filter((document) => document !== configuration);
  return [secret, ...others, ...made].map((object) => ({ ...object, metadata: { ...object.metadata, namespace } }));
}

function withPassword(configuration: Resource, name: string, key: string): Resource[] {
  const [user] = configuration.spec.users ?? [];
  const users = [{ ...user, passwordHash: { secretRef: { name: secretName, key } } }];
  const boot = JSON.parse(profile('debian-13', neighbours)) as Resource;
  return [
    { ...configuration, metadata: { name }, spec: { ...configuration.spec, users } },
    { ...boot, metadata: { name }, spec: { ...boot.spec, configuration: name } },
  ];
}
