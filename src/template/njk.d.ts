/** The build and the tests load a template as scripts/templates.mjs makes a module of it. */
declare module '*.njk' {
  const template: {
    readonly text: string;
    /** What nunjucks has compiled it to. */
    readonly code: object;
  };
  export default template;
}
