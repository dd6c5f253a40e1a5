# Builds the console (web/) with the machine's own npm: packages once for each lock file, then the
# files. Sets console_dir and console_made for whoever embeds them; both are empty without it, which
# is asked for with -DLATCHKEY_CONSOLE=OFF and gives a program that serves the API alone.
if(LATCHKEY_CONSOLE)
  find_program(NPM npm)
  if(NOT NPM)
    message(FATAL_ERROR
      "npm builds the console: install nodejs and npm, or build without it: -DLATCHKEY_CONSOLE=OFF")
  endif()
  set(web ${PROJECT_SOURCE_DIR}/web)
  set(console_dir ${PROJECT_BINARY_DIR}/web)
  set(console_made ${PROJECT_BINARY_DIR}/web.made)
  set(packages_there ${web}/node_modules/.installed)
  add_custom_command(
    OUTPUT ${packages_there}
    COMMAND ${PROJECT_SOURCE_DIR}/cmake/npm_packages.sh ${web}
    DEPENDS ${web}/package.json ${web}/package-lock.json
    COMMENT "Fetching the packages of the console"
    VERBATIM)
  file(GLOB_RECURSE web_sources CONFIGURE_DEPENDS ${web}/src/* ${web}/public/*)
  list(FILTER web_sources EXCLUDE REGEX "/schema\\.d\\.ts$")  # made from the contract on the way
  add_custom_command(
    OUTPUT ${console_made}
    COMMAND ${NPM} run --silent build -- --outDir ${console_dir} --emptyOutDir --logLevel warn
    COMMAND ${CMAKE_COMMAND} -E touch ${console_made}
    DEPENDS ${packages_there} ${web_sources} ${web}/index.html ${web}/tsconfig.json
            ${web}/vite.config.ts ${PROJECT_SOURCE_DIR}/api/openapi.yaml
    WORKING_DIRECTORY ${web}
    COMMENT "Building the console"
    VERBATIM)
endif()
