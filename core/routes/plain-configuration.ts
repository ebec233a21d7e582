import { SerabutError } from '../errors.js';
import type { Resource } from '../resources/kinds.js';
import { type PlainConfiguration, withoutSecrets, withPlaceholders } from '../resources/secrets.js';
import type { ServerSettings } from './services.js';

/** A Configuration for whoever asks. Throws SERABUT_ERR_NEEDS_INSTALLATION when it has secrets that are not for everybody. */
export function plainConfiguration(
  configuration: Resource<'Configuration'>,
  { preview }: ServerSettings,
): PlainConfiguration {
  const plain = preview === undefined ? withoutSecrets(configuration) : withPlaceholders(configuration);
  if (plain !== undefined) return plain;
  const message = `Configuration "${configuration.name}" has secrets, which a machine gets alone that is being installed`;
  throw new SerabutError('SERABUT_ERR_NEEDS_INSTALLATION', message, { where: configuration.where });
}
