import type { Finding } from '../check.js';
import type { ConfigurationSpec } from './configuration.js';

/** What is wrong with a Configuration beyond the form of its fields, whatever distro it is for. */
export function configurationMeaning(spec: ConfigurationSpec): Finding[] {
  const { network, storage, updates, secrets, afterInstall } = spec;
  return [
    ...userNames(spec),
    ...unless(network.gateway === null || network.address !== null, {
      path: 'spec.network.gateway',
      expected: 'nothing where network.address is left out: DHCP gives it',
      received: JSON.stringify(network.gateway),
    }),
    ...unless(storage.otherDisk === undefined || storage.layout === 'raid1', {
      path: 'spec.storage.otherDisk',
      expected: 'nothing where storage.layout is not "raid1"',
      received: JSON.stringify(storage.otherDisk),
    }),
    ...unless(updates.policy !== 'none' || updates.unattended !== true, {
      path: 'spec.updates.unattended',
      expected: 'false where updates.policy is "none"',
      received: 'true',
    }),
    ...unless(Object.keys(secrets).length === 0 || afterInstall.length > 0, {
      path: 'spec.secrets',
      expected: 'nothing where afterInstall is empty: its commands alone get them',
      received: Object.keys(secrets).join(', '),
    }),
  ];
}

function userNames({ users }: ConfigurationSpec): Finding[] {
  const names = users.map(({ name }) => name);
  return names.flatMap((name, index) =>
    unless(name !== 'root' && names.indexOf(name) === index, {
      path: `spec.users[${index}].name`,
      expected: name === 'root' ? 'another name (the field "root" is for root)' : 'a name that no other user has',
      received: JSON.stringify(name),
    }),
  );
}

function unless(holds: boolean, finding: Finding): Finding[] {
  return holds ? [] : [finding];
}
