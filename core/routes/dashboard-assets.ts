import type { FastifyInstance } from 'fastify';
import type { Assets } from '../dashboard/assets.js';
import { SerabutError } from '../errors.js';
import { operatorHeaders } from '../http/operator-access.js';
import { readable } from '../http/readable.js';

/** `GET /assets/{hash}/{file}`: what pages are made with. Open where reading is closed: it says nothing of anybody. */
export function dashboardAssets(app: FastifyInstance, assets: Pick<Assets, 'get'>): void {
  readable<{ Params: { hash: string; file: string } }>(app, '/assets/:hash/:file', {}, ({ params: { hash, file } }) => {
    const asset = assets.get(`${hash}/${file}`);
    if (asset === undefined) {
      throw new SerabutError('SERABUT_ERR_FILE_NOT_FOUND', `no page refers to /assets/${hash}/${file} any more`);
    }
    // What is at this URL never changes, as its hash is in it.
    const cache = { 'cache-control': 'public, max-age=31536000, immutable' };
    return { status: 200, headers: { ...operatorHeaders, ...cache, 'content-type': asset.type }, body: asset.text };
  });
}
