const fromFiles = Array.from({ length: 10 }, (_, index) => `file-${index}`);
const fromServer = Array.from({ length: 10 }, (_, index) => `made-${index}`);

export const machineNames = [...fromFiles, ...fromServer];

/** What a person wrote. */
export const documents = [
  ...fromFiles.map((name) => ({ kind: 'Machine', name, spec: { serial: name, bootProfile: 'web' } })),
  { kind: 'Image', name: 'image', spec: { type: 'iso', path: 'image.iso' } },
]
  .map(({ kind, name, spec }) => ({ apiVersion: 'serabut.io/v1alpha1', kind, metadata: { name }, spec }))
  .map((document) => JSON.stringify(document))
  .join('\n---\n');
