import Fastify, { type FastifyInstance, type FastifyReply, type FastifyServerOptions, LogController } from 'fastify';
import { accessLog } from './http/access-log.js';
import { errorText, replyWithError } from './http/error-text.js';
import { observing } from './http/observing.js';
import { requestMetrics } from './http/request-metrics.js';
import { bidInTurn, refuseBytes, sending } from './http/send.js';
import { api } from './routes/api.js';
import { automation } from './routes/automation.js';
import { boot } from './routes/boot.js';
import { bootDistro } from './routes/boot-distro.js';
import { dashboard } from './routes/dashboard.js';
import { health } from './routes/health.js';
import { installations } from './routes/installations.js';
import { ipxe } from './routes/ipxe.js';
import { isoContent } from './routes/iso-content.js';
import { isoDownload } from './routes/iso-download.js';
import { metrics } from './routes/metrics.js';
import type { Services } from './routes/services.js';
import { withFirmware } from './routes/with-firmware.js';

/** Builds the HTTP server with all its routes. Never listens: main.ts does. */
export async function buildServer(
  services: Services,
  logger: FastifyServerOptions['logger'],
): Promise<FastifyInstance> {
  const app = Fastify({
    logger: logger ?? false,
    logController: new LogController({ disableRequestLogging: true }), // access-log.ts does it.
    // iPXE keeps a connection for 10 s (iPXE net/tcp/httpconn.c); Node's 5 s would close it under its hands.
    keepAliveTimeout: 75_000,
    requestTimeout: 60_000,
    // What a program misspells is refused, not left out.
    ajv: { customOptions: { removeAdditional: false } },
    // For all that is no body of a file: those have a limit of their own (core/http/send.ts).
    connectionTimeout: 330_000,
    routerOptions: { maxParamLength: 255 },
    // Clients in plain sight of each other; a proxy in front would be somebody's error.
    trustProxy: false,
    forceCloseConnections: true,
    // Fastify's own 503 has no Retry-After; whoever comes in the last moment is served.
    return503OnClosing: false,
    clientErrorHandler: refuseBytes,
    frameworkErrors: (error, request, reply) => void replyWithError(error, request, reply as FastifyReply),
  });
  // Who sends its request and then closes its own direction, as `nc -N` does, still wants the answer (RFC 9112 §9.6).
  Object.assign(app.server, { httpAllowHalfOpen: true });
  bidInTurn(app.server);
  await app.register(errorText);
  await app.register(accessLog);
  await app.register(requestMetrics);
  await app.register(observing, { saw: services.saw });
  await app.register(sending, { stallMs: services.settings.stallMs });

  health(app, services); //         GET /healthz, /readyz
  metrics(app, services); //        GET /metrics
  boot(app, services); //           GET /boot
  bootDistro(app, services); //     GET /boot/{distro}
  automation(app, services); //     GET /configuration/{config}/automation/{distro}/{file}
  installations(app, services); //  GET /installations/{token}/automation/{file}, GET|POST …/{done,failed,progress}
  withFirmware(app, services); //   GET /with-firmware/{distro}/initrd.gz
  isoContent(app, services); //     GET /iso/content/{iso}/{path}
  isoDownload(app, services); //    GET /iso/download/{iso}
  await api(app, services); //      /api/v1/…
  ipxe(app, services); //           GET /ipxe/{file}
  dashboard(app, services); //      GET /, /machines…, /images, /distros, /plugins, /login, /assets…
  return app;
}
