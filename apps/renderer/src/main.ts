import { readSettings } from '@mailrun/platform-config';
import { processAreas, serve, startProcess } from '@mailrun/platform-runtime';
import { RendererModule, rendererSettings } from '@mailrun/service-renderer';

await serve(() => {
  const settings = readSettings(process.env, { ...processAreas, renderer: rendererSettings });
  return startProcess({
    name: 'renderer',
    settings,
    modules: () => [RendererModule.register({ settings: settings.renderer })],
  });
}, 60_000);
