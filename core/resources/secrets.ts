import { findings } from '../check.js';
import { SerabutError } from '../errors.js';
import type { TString } from '../typebox.js';
import type { ConfigurationSpec } from './configuration.js';
import type { Resource } from './kinds.js';
import { passphrase, passwordHash, secretLine } from './text.js';

/** Where secrets are kept: in files, or in Kubernetes. */
export interface Secrets {
  /**
   * What a Secret holds at a key, as text. Throws SERABUT_ERR_SECRET, which names both, when there is none, and
   * SERABUT_ERR_STORE when that cannot be said now.
   */
  read(name: string, key: string): Promise<string>;
}

export interface SecretReference {
  readonly secretRef: { readonly name: string; readonly key: string };
}

type Plain<T> = T extends SecretReference ? never : { [K in keyof T]: Plain<T[K]> };

/** A Configuration in which values stand where it had references: as plugins see it. */
export type PlainConfigurationSpec = Plain<Omit<ConfigurationSpec, 'secrets' | 'additions' | 'mirrors'>> &
  Pick<ConfigurationSpec, 'additions' | 'mirrors'> & {
    /** Values by the names of the variables in which the commands of `afterInstall` find them. */
    readonly secrets: Readonly<Record<string, string>>;
  };

export interface PlainConfiguration extends Pick<Resource<'Configuration'>, 'name' | 'where'> {
  readonly spec: PlainConfigurationSpec;
}

/** A reference of a Configuration: in which field, to what, and what a value there has to look like. */
export interface ReferenceInField extends SecretReference {
  readonly path: string;
  readonly form: TString;
  /** What stands for it where nobody may see it. As a hash it is one that no password has: no hash holds an asterisk. */
  readonly placeholder: string;
}

const hash = { form: passwordHash(), placeholder: '$6$placeholder$*' };
const phrase = { form: passphrase(), placeholder: 'placeholder' };
const variable = { form: secretLine(), placeholder: 'placeholder' };

/** The Configuration with what `give` has for each reference. */
function filled(spec: ConfigurationSpec, give: (reference: ReferenceInField) => string): PlainConfigurationSpec {
  const plain = (
    path: string,
    value: string | SecretReference | null,
    as: Pick<ReferenceInField, 'form' | 'placeholder'>,
  ) => (typeof value === 'object' && value !== null ? give({ ...value, ...as, path }) : value);
  const users = spec.users.map((user, index) => {
    return { ...user, passwordHash: plain(`users[${index}].passwordHash`, user.passwordHash, hash) };
  });
  const variables = Object.entries(spec.secrets).map(([name, reference]): [string, string] => {
    return [name, give({ ...reference, ...variable, path: `secrets.${name}` })];
  });
  return {
    ...spec,
    root: { ...spec.root, passwordHash: plain('root.passwordHash', spec.root.passwordHash, hash) },
    users,
    storage: { ...spec.storage, passphrase: plain('storage.passphrase', spec.storage.passphrase, phrase) },
    secrets: Object.fromEntries(variables),
  };
}

/** The references of a Configuration, in the order of its fields. */
export function referencesOf(spec: ConfigurationSpec): ReferenceInField[] {
  const found: ReferenceInField[] = [];
  filled(spec, (reference) => {
    found.push(reference);
    return '';
  });
  return found;
}

/** A Configuration to look at, or to check: harmless values of the right form stand in place of secrets. */
export function withPlaceholders({ name, where, spec }: Resource<'Configuration'>): PlainConfiguration {
  return { name, where, spec: filled(spec, ({ placeholder }) => placeholder) };
}

/** A Configuration that has no references; undefined when it has some. */
export function withoutSecrets(configuration: Resource<'Configuration'>): PlainConfiguration | undefined {
  return referencesOf(configuration.spec).length === 0 ? withPlaceholders(configuration) : undefined;
}

/** A Configuration with its secrets. Throws SERABUT_ERR_SECRET, which holds none of them. */
export async function withSecrets(
  { name, where, spec }: Resource<'Configuration'>,
  secrets: Secrets,
): Promise<PlainConfiguration> {
  const values = new Map<string, string>();
  for (const reference of referencesOf(spec)) {
    const { path, form, secretRef } = reference;
    const value = await secrets.read(secretRef.name, secretRef.key);
    if (findings(form, value).length > 0) {
      const what = `key "${secretRef.key}" of Secret "${secretRef.name}", for ${path} of Configuration "${name}"`;
      throw new SerabutError('SERABUT_ERR_SECRET', `${what}: expected ${expectedOf(form)}, received something else`, {
        where,
      });
    }
    values.set(path, value);
  }
  return { name, where, spec: filled(spec, ({ path }) => values.get(path) ?? '') };
}

function expectedOf(form: TString): string {
  return (form as { expected?: string }).expected ?? 'a text';
}
