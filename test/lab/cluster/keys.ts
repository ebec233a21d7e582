import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeAddress } from './network.js';

/** Certificates as the cluster's programs want them: subject, and what they are for. */
const certificates = {
  api: {
    subject: '/CN=kube-apiserver',
    extensions: `subjectAltName=IP:10.96.0.1,IP:${nodeAddress},IP:127.0.0.1,DNS:kubernetes.default.svc`,
  },
  admin: { subject: '/O=system:masters/CN=admin', extensions: 'extendedKeyUsage=clientAuth' },
  kubelet: {
    subject: '/O=system:masters/CN=system:node:node1',
    extensions: `subjectAltName=IP:${nodeAddress}\nextendedKeyUsage=clientAuth,serverAuth`,
  },
} as const;

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Makes the cluster's keys in a fresh directory, and the file by which its programs and kubectl reach it. */
export function makeKeys(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=lab', '-days', '2');
  for (const [name, { subject, extensions }] of Object.entries(certificates)) {
    writeFileSync(join(directory, `${name}.ext`), extensions);
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
    const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
    openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.crt`, ...by, '-extfile', `${name}.ext`);
  }
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'accounts.key');
  openssl('ec', '-in', 'accounts.key', '-pubout', '-out', 'accounts.pub');
  writeFileSync(join(directory, 'kubeconfig'), kubeconfig(directory));
}

function kubeconfig(directory: string): string {
  const path = (name: string) => join(directory, name);
  const server = `https://${nodeAddress}:6443`;
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster: { server, 'certificate-authority': path('ca.crt') } }],
    users: [{ name: 'admin', user: { 'client-certificate': path('admin.crt'), 'client-key': path('admin.key') } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'admin' } }],
    'current-context': 'lab',
  });
}
