/** The build and the tests load a template as its text. */
declare module '*.njk' {
  const text: string;
  export default text;
}
