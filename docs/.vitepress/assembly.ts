import type { LanguageRegistration } from 'shiki';

/** How PolkaVM's assembly text is coloured; its blocks in the pages are called `asm`. */
export const assembly: LanguageRegistration = {
  name: 'asm',
  scopeName: 'source.pvmasm',
  patterns: [
    { name: 'comment.line', match: '//.*$' },
    { name: 'string.quoted.single', match: "'[^']*'" },
    { name: 'keyword.directive', match: '%[a-z_0-9]+' },
    { name: 'entity.name.function', match: '@[\\w.$]+' },
    {
      name: 'keyword.control',
      match: '\\b(pub|if|jump|ret|ecalli|trap|fallthrough|unlikely|nop|sbrk|tmp)\\b',
    },
    { name: 'storage.type', match: '\\b[iu](8|16|32|64)\\b' },
    { name: 'variable.parameter', match: '\\b(ra|sp|t[0-2]|s[01]|a[0-5])\\b' },
    { name: 'constant.numeric', match: '-?\\b(0x[0-9a-fA-F]+|[0-9]+)\\b' },
  ],
  repository: {},
};
