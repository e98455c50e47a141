// A separate file, because the Content-Security-Policy forbids inline scripts.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  // By default, Swagger UI would send the document to a validator at swagger.io.
  validatorUrl: null,
});
