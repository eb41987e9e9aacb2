import { existsSync, readFileSync } from 'node:fs';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { assembly } from './assembly.js';

/** The reference's pages, as `npm run docs` has them written before the site is built. */
function referenceSidebar(): DefaultTheme.SidebarItem[] {
  const file = new URL('../reference/typedoc-sidebar.json', import.meta.url);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
}

export default defineConfig({
  title: 'polkavm-js',
  description: 'PolkaVM in TypeScript: an exact engine, and Substrate’s virtualization host functions',
  lang: 'en',
  // Pages also work as files of a folder somewhere on a server: the place is not known when they are built.
  base: process.env.DOCS_BASE ?? '/',
  cleanUrls: false,
  lastUpdated: false,
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${process.env.DOCS_BASE ?? '/'}logo.svg` }]],
  markdown: {
    languages: [assembly],
    languageAlias: { wat: 'wasm' },
  },
  themeConfig: {
    logo: '/logo.svg',
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/guide/start', activeMatch: '^/guide/' },
      { text: 'Command line', link: '/cli' },
      { text: 'Errors', link: '/errors' },
      { text: 'Reference', link: '/reference/', activeMatch: '^/reference/' },
    ],
    sidebar: {
      '/reference/': referenceSidebar(),
      '/': [
        {
          text: 'Guide',
          items: [
            { text: 'Five-minute start', link: '/guide/start' },
            { text: 'Concepts', link: '/guide/concepts' },
            { text: 'Recipes', link: '/guide/recipes' },
            { text: 'Virtualization in an executor', link: '/guide/executors' },
            { text: 'Writing programs', link: '/guide/programs' },
          ],
        },
        {
          text: 'Manual',
          items: [
            { text: 'Command line', link: '/cli' },
            { text: 'Contracts', link: '/contracts' },
            { text: 'Assembly', link: '/assembly' },
            { text: 'Errors', link: '/errors' },
            { text: 'API at a glance', link: '/glance' },
            { text: 'Reference', link: '/reference/' },
          ],
        },
        {
          text: 'Background',
          items: [
            { text: 'Architecture', link: '/architecture' },
            { text: 'Benchmarks', link: '/benchmarks' },
            { text: 'Compared with the Rust crates', link: '/compatibility' },
          ],
        },
      ],
    },
    footer: { message: 'Apache-2.0' },
  },
});
