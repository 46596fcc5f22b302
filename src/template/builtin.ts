// The templates that natmap ships, bundled as text so that one file is enough.
import dnat from '../../templates/dnat.njk';
import docker from '../../templates/docker.njk';
import hairpin from '../../templates/hairpin.njk';
import isolation from '../../templates/isolation.njk';
import masquerade from '../../templates/masquerade.njk';
import refuse from '../../templates/refuse.njk';
import replies from '../../templates/replies.njk';
import snat from '../../templates/snat.njk';
import spare from '../../templates/spare.njk';
import type { Source } from '../diagnostic/source.ts';
import type { TemplateName } from './views.ts';

const texts: Readonly<Record<TemplateName, string>> = {
  replies,
  dnat,
  snat,
  hairpin,
  docker,
  spare,
  refuse,
  isolation,
  masquerade,
};

export const builtinTemplates: readonly Source[] = Object.entries(texts).map(([name, text]) => ({
  name: `templates/${name}.njk`,
  text,
}));
