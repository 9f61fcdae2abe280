import { html, type Markup } from './html.js';

/** The frame of every page. */
export function layout(page: { title: string; main: Markup; tools?: Markup }): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${page.title} – Mail catcher</title>
        <link rel="icon" href="/icon.svg" />
        <link rel="stylesheet" href="/page.css" />
        <script src="/page.js" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <a class="home" href="/">Mail catcher</a>
          ${page.tools}
        </header>
        <p id="fault" role="alert" hidden></p>
        <main id="main" tabindex="-1">${page.main}</main>
      </body>
    </html>`.text;
}

/** For what can't be shown: says why and where to go on. */
export function messagePage(title: string, text: string): string {
  return layout({
    title,
    main: html`<h1>${title}</h1>
      <p>${text}</p>
      <p><a href="/">All mails</a></p>`,
  });
}
