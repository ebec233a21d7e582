import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Seed } from './target.js';

const examples = fileURLToPath(new URL('../../../examples/resources/', import.meta.url));

const machines = `apiVersion: serabut.io/v1alpha1
kind: Machine
metadata: { name: web-1, labels: { rack: "7" } }
spec:
  macs: ["52:54:00:12:34:56"]
  bootProfile: web
  install: { generation: 3 }
---
apiVersion: serabut.io/v1alpha1
kind: MachineRule
metadata: { name: rack-7 }
spec:
  match: { mac: "52:54", serial: "R7-*", arch: x86_64, atLeastMemoryMiB: 4096 }
  bootProfile: web
  accept: true
  maximum: 20
`;

const images = `apiVersion: serabut.io/v1alpha1
kind: Image
metadata: { name: &name debian-13 }
spec:
  type: iso
  url: https://cdimage.debian.org/debian-13.1.0-amd64-netinst.iso
  checksums: { url: https://cdimage.debian.org/SHA256SUMS, signature: https://cdimage.debian.org/SHA256SUMS.sign, keyring: debian.gpg }
  limit: 10
  keep: referenced
---
{"apiVersion": "serabut.io/v1alpha1", "kind": "Distro", "metadata": {"name": &n "debian-13"}, "spec": {"plugin": "debian", "image": *n}}
`;

/** The examples for people, document by document, and some of the kinds that are not among them. */
export function yamlSeeds(): Seed[] {
  const files = readdirSync(examples).flatMap((name) => {
    return readFileSync(examples + name, 'utf8')
      .split(/^---\n/m)
      .map((text, at) => ({ name: `${name}-${at}`, bytes: Buffer.from(text) }));
  });
  return [...files, { name: 'machines', bytes: Buffer.from(machines) }, { name: 'images', bytes: Buffer.from(images) }];
}
