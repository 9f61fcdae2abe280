import { publicRoutes } from '@mailrun/contracts';
import { openApiDocument } from '@mailrun/service-gateway';

/** As the gateway serves it at `/v1/openapi.json`. */
export const openApi = (): string => JSON.stringify(openApiDocument(publicRoutes, '1'));
