import { messageDefinitionRoutes, messageTemplateRoutes } from '@mailrun/contracts';
import type { BillingCompany } from '../company/billing-company.js';
import { keys } from '../company/configuration.js';
import { fieldsOf, refusalOf } from './refusal.js';

/** Configuration that would do harm is refused when it is saved or published. */
export function badConfiguration(theCompany: () => BillingCompany): void {
  describe('configuration', () => {
    const api = () => theCompany().api;

    it('with a password key and no zip is refused', async () => {
      const body = {
        name: 'Unprotected',
        fromKey: keys.from,
        recipientKey: keys.recipient,
        templateKey: keys.template,
        transformationKeys: [keys.pdf],
        zip: false,
        passwordKey: keys.password,
      };
      const params = { key: 'unprotected' };
      const refusal = await refusalOf(api(), messageDefinitionRoutes.put, { params, body });
      expect(refusal.status).toBe(422);
      expect(fieldsOf(refusal)).toEqual({ '/passwordKey': 'password-without-zip' });
    });

    it('with a template that does not compile is saved and not published; the answer says where', async () => {
      const params = { key: 'broken' };
      const html =
        '<p>Dear @customer.name,</p>\n<ul>\n  @invoice.data.lines.forEach(function (line) {\n</ul>';
      await api().call(messageTemplateRoutes.put, { params, body: { name: 'B', subject: 'S', html } });
      const refusal = await refusalOf(api(), messageTemplateRoutes.publish, { params, body: {} });
      expect([refusal.status, refusal.code]).toEqual([422, 'message-template.does-not-compile']);
      const [error] = refusal.problem.errors ?? [];
      expect(error?.pointer).toBe('/html');
      expect(error?.detail).toMatch(/^Line 3, column \d+: /);
      const { publishedVersion } = await api().call(messageTemplateRoutes.get, { params });
      expect(publishedVersion).toBeNull();
    });
  });
}
