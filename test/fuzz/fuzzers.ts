import { captureSeeds } from './capture-seeds.js';
import { checksumSeeds } from './checksums-seeds.js';
import type { FuzzCommand } from './command.js';
import { dhcpSeeds } from './dhcp-seeds.js';
import { dnsmasqLogSeeds } from './dnsmasq-log-seeds.js';
import { httpSeeds } from './http-seeds.js';
import { ownSeeds, programSeeds } from './iso-seeds.js';
import { pluginSeeds } from './plugin-seeds.js';
import { templateSeeds } from './template-seeds.js';
import { yamlSeeds } from './yaml-seeds.js';

type Fuzzer = Omit<FuzzCommand, 'name'>;

const moduleOf = (name: string): URL => new URL(`./${name}-target.js`, import.meta.url);

/** Whatever comes from somebody who may mean harm, by the name of its fuzzer. */
export const fuzzers: Readonly<Record<string, Fuzzer>> = {
  iso: { module: moduleOf('iso'), seeds: async () => [...ownSeeds(), ...(await programSeeds())] },
  capture: { module: moduleOf('capture'), seeds: async () => captureSeeds() },
  http: { module: moduleOf('http'), seeds: async () => httpSeeds() },
  yaml: { module: moduleOf('yaml'), seeds: async () => yamlSeeds() },
  plugin: { module: moduleOf('plugin'), seeds: async () => pluginSeeds() },
  'dnsmasq-log': { module: moduleOf('dnsmasq-log'), seeds: async () => dnsmasqLogSeeds() },
  checksums: { module: moduleOf('checksums'), seeds: async () => checksumSeeds() },
  dhcp: { module: moduleOf('dhcp'), seeds: async () => dhcpSeeds() },
  template: { module: moduleOf('template'), seeds: async () => templateSeeds() },
};
