import { readSettings } from '@mailrun/platform-config';
import {
  gatewaySettings,
  persistenceOf,
  serve,
  startProcess,
  storingProcessAreas,
} from '@mailrun/platform-runtime';
import { GatewayInternalModule, GatewayModule } from '@mailrun/service-gateway';

await serve(() => {
  const settings = readSettings(process.env, { ...storingProcessAreas, gateway: gatewaySettings });
  const options = { persistence: persistenceOf(settings, 'gateway'), ...settings.gateway };
  return startProcess({
    name: 'gateway',
    settings,
    modules: ({ tokens }, services) => [GatewayInternalModule.register({ ...options, tokens, services })],
    publicApp: {
      ...settings.gateway,
      module: ({ tokens }, services) => GatewayModule.register({ ...options, tokens, services }),
    },
  });
}, 30_000);
