# Writes version.cc when the source commit changed. Run at each build: cmake -DSOURCE=... -DOUT=... -P
execute_process(COMMAND git -C ${SOURCE} rev-parse --short=8 HEAD
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
                RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  set(commit unknown)
else()
  execute_process(COMMAND git -C ${SOURCE} status --porcelain --untracked-files=no
                  OUTPUT_VARIABLE changes ERROR_QUIET)
  if(changes)
    string(APPEND commit -dirty)
  endif()
endif()
set(text "#include \"scenarios/cli/version.h\"\n
namespace ww::cli {
const char kVersion[] = \"${VERSION}\";
const char kSourceVersion[] = \"${commit}\";
}  // namespace ww::cli\n")
set(before "")
if(EXISTS ${OUT})
  file(READ ${OUT} before)
endif()
if(NOT before STREQUAL text)
  file(WRITE ${OUT} "${text}")
endif()
