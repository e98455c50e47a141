// A file of its own, because the Content-Security-Policy allows no script in a page.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  // The default asks a server of swagger.io.
  validatorUrl: null,
});
